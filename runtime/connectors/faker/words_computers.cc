#include <array>

#include "runtime/connectors/faker/words.h"

namespace weir::connectors {
namespace {

constexpr std::array kComputersWords = {
    FakerWords{"bool.bool", "true|false"},
    FakerWords{"random.nextboolean", "#{bool.bool}"},
    FakerWords{"internet.domainsuffix", "com|biz|info|name|net|org|io|co"},
    FakerWords{"internet.domainword", "#{regexify '[a-z]{3,8}'}-#{lorem.word}|#{lorem.word}"},
    FakerWords{"internet.domainname", "#{internet.domainword}.#{internet.domainsuffix}"},
    FakerWords{"internet.username",
               "#{lorem.word}.#{lorem.word}|#{lorem.word}#{numerify '##'}|#{lorem.word}_"
               "#{lorem.word}"},
    FakerWords{"internet.emailaddress",
               "#{internet.username}@gmail.com|#{internet.username}@yahoo.com|"
               "#{internet.username}@hotmail.com|#{internet.username}@#{internet.domainname}"},
    FakerWords{"internet.safeemailaddress",
               "#{internet.username}@example.com|#{internet.username}@example.org|"
               "#{internet.username}@example.net"},
    FakerWords{"internet.url",
               "www.#{internet.domainname}|https://#{internet.domainname}/#{lorem.word}"},
    FakerWords{"internet.slug", "#{lorem.word}_#{lorem.word}|#{lorem.word}-#{lorem.word}"},
    FakerWords{"internet.password", "#{regexify '[a-z0-9]{8,16}'}"},
    FakerWords{"internet.httpmethod", "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|TRACE|CONNECT"},
    FakerWords{"internet.image", "https://picsum.photos/#{numerify '#'}00/300"},
    FakerWords{"internet.avatar", "https://robohash.org/#{regexify '[a-z]{8}'}.png"},
    FakerWords{"internet.port", "#{number.numberbetween '1','65536'}"},
    FakerWords{"internet.useragent",
               "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
               "Chrome/#{regexify '1[0-3][0-9]'}.0.0.0 Safari/537.36|"
               "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like "
               "Gecko) Chrome/#{regexify '1[0-3][0-9]'}.0.0.0 Safari/537.36|"
               "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
               "Chrome/#{regexify '1[0-3][0-9]'}.0.0.0 Safari/537.36|"
               "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:#{regexify '1[0-4][0-9]'}.0) "
               "Gecko/20100101 Firefox/#{regexify '1[0-4][0-9]'}.0|"
               "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:#{regexify '1[0-4][0-9]'}.0) "
               "Gecko/20100101 Firefox/#{regexify '1[0-4][0-9]'}.0|"
               "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_#{regexify '1[0-5]'}_#{regexify "
               "'[1-9]'}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/#{regexify "
               "'1[3-7]\\.[0-6]'} Safari/605.1.15|"
               "Mozilla/5.0 (iPhone; CPU iPhone OS 1#{regexify '[4-7]'}_#{regexify '[0-7]'} like "
               "Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.#{regexify '[0-6]'} "
               "Mobile/15E148 Safari/604.1|"
               "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko|"
               "Opera/9.#{regexify '[5-8]'}0 (Windows NT 6.#{regexify '[0-3]'}; U; en) "
               "Presto/2.12.#{regexify '[1-3][0-9]{2}'} Version/12.1#{regexify '[0-8]'}|"
               "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
               "Chrome/#{regexify '1[0-3][0-9]'}.0.0.0 Safari/537.36 Edg/#{regexify "
               "'1[0-3][0-9]'}.0.0.0"},
    FakerWords{"internet.useragentany", "#{internet.useragent}"},
    FakerWords{"internet.botuseragentany",
               "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)|"
               "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)|"
               "DuckDuckBot/1.0; (+http://duckduckgo.com/duckduckbot.html)|"
               "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)"},
    FakerWords{
        "app.name",
        "Alpha|Andalax|Asoka|Aerified|Bamity|Bigtax|Biodex|Bitchip|Bitwolf|Bytecard|"
        "Cardguard|Cardify|Cookley|Daltfresh|Domainer|Duobam|Fintone|Fix San|Fixflex|"
        "Flexidy|Flowdesk|Gembucket|Greenlam|Hatity|Holdlamis|Home Ing|It|Job|Keylex|"
        "Konklab|Konklux|Latlux|Lotlux|Lotstring|Mat Lam Tam|Namfix|Opela|Otcom|Overhold|"
        "Pannier|Prodder|Quo Lux|Rank|Redhold|Regrant|Ronstring|Solarbreeze|Span|Stim|"
        "Stringtough|Stronghold|Sub-Ex|Subin|Tampflex|Temp|Tempsoft|Tin|Toughjoyfax|Transcof|"
        "Treeflex|Tres-Zap|Trippledex|Vagram|Ventosanzap|Veribet|Viva|Voltsillam|Voyatouch|"
        "Wrapsafe|Y-find|Y-Solowarm|Zaam-Dox|Zamit|Zathin|Zoolab|Zontrax"},
    FakerWords{
        "app.version",
        "0.#{regexify '[0-9]'}.#{regexify '[0-9]'}|0.#{regexify '[1-9][0-9]'}|#{regexify "
        "'[1-9]\\.[0-9]'}|#{regexify '[1-9]\\.[0-9]\\.[0-9]'}|#{regexify '[1-9]\\.[0-9]{2}'}"},
    FakerWords{"app.author", "#{name.fullname}|#{company.name}"},
    FakerWords{"file.extension",
               "avi|bmp|css|csv|doc|docx|flac|gif|gz|html|jpeg|jpg|js|json|md|mov|mp3|mp4|ods|odt|"
               "ogg|parquet|pdf|png|ppt|pptx|rtf|sql|svg|tar|tiff|txt|wav|webm|xls|xlsx|xml|yaml|"
               "zip"},
    FakerWords{"file.mimetype",
               "application/gzip|application/json|application/msword|application/pdf|application/"
               "vnd.apache.parquet|application/xml|application/zip|audio/flac|audio/mpeg|audio/ogg|"
               "audio/wav|image/bmp|image/gif|image/jpeg|image/png|image/svg+xml|image/tiff|image/"
               "webp|text/css|text/csv|text/html|text/javascript|text/markdown|text/plain|video/"
               "mp4|video/mpeg|video/ogg|video/quicktime|video/webm"},
    FakerWords{"file.filename", "#{lorem.word}_#{lorem.word}/#{lorem.word}.#{file.extension}"},
    FakerWords{"device.manufacturer",
               "Acer|Amazon|Apple|Asus|BlackBerry|Caterpillar|Fairphone|Google|Honor|HTC|"
               "Huawei|Lenovo|LG|Meizu|Microsoft|Motorola|Nokia|Nothing|OnePlus|Oppo|"
               "Panasonic|Philips|Realme|Samsung|Sharp|Sony|TCL|Toshiba|Vivo|Wiko|Xiaomi|ZTE"},
    FakerWords{"device.platform", "Android OS|iOS|Windows 11|HarmonyOS|Ubuntu Touch|KaiOS"},
    FakerWords{"device.modelname",
               "#{device.manufacturer} #{regexify '[A-Z][1-9][0-9]?( Pro| Plus| Mini| Ultra)?'}"},
    FakerWords{"device.serial", "#{regexify '[A-HJ-NP-Za-km-z0-9]{26}'}"},
    FakerWords{"programminglanguage.name",
               "ABAP|Ada|Agda|ALGOL|APL|Assembly|Awk|Bash|BASIC|C|C#|C++|Clojure|COBOL|Common Lisp|"
               "Crystal|D|Dart|Delphi|Eiffel|Elixir|Elm|Erlang|F#|Forth|Fortran|Go|Groovy|Haskell|"
               "Idris|J|Java|JavaScript|Julia|Kotlin|Logo|Lua|MATLAB|ML|Modula-2|Nim|Objective-C|"
               "OCaml|Pascal|Perl|PHP|PL/SQL|PostScript|Prolog|Python|R|Racket|Raku|Ruby|Rust|SAS|"
               "Scala|Scheme|Scratch|Simula|Smalltalk|SQL|Swift|Tcl|TypeScript|Vala|Verilog|VHDL|"
               "Zig"},
    FakerWords{
        "programminglanguage.creator",
        "Ada Lovelace|Alan Kay|Anders Hejlsberg|Bjarne Stroustrup|Brendan Eich|Dennis "
        "Ritchie|Grace Hopper|Guido van Rossum|James Gosling|John Backus|John McCarthy|Larry "
        "Wall|Martin Odersky|Niklaus Wirth|Rasmus Lerdorf|Rob Pike|Robin Milner|Yukihiro "
        "Matsumoto"},
    FakerWords{"hacker.noun",
               "alarm|application|array|bandwidth|bus|capacitor|card|circuit|driver|feed|firewall|"
               "hard drive|interface|matrix|microchip|monitor|panel|pixel|port|program|protocol|"
               "sensor|system|transmitter"},
    FakerWords{"hacker.verb",
               "back up|bypass|calculate|compress|connect|copy|generate|hack|index|input|navigate|"
               "override|parse|program|quantify|reboot|synthesize|transmit"},
    FakerWords{"hacker.abbreviation",
               "ADP|AGP|AI|API|COM|CSS|EXE|FTP|GB|HDD|HTTP|IB|JBOD|JSON|PCI|PNG|RAM|RSS|SAS|SCSI|"
               "SDD|SMS|SMTP|SQL|SSL|TCP|THX|USB|XML|XSS"},
    FakerWords{
        "videogame.title",
        "Age of Empires II|Alan Wake|Among Us|Animal Crossing|Apex Legends|Assassin's Creed|"
        "Baldur's Gate 3|BioShock|Bloodborne|Borderlands 2|Call of Duty|Castlevania|Celeste|"
        "Chrono Trigger|Civilization VI|Control|Counter-Strike 2|Cuphead|Cyberpunk 2077|Dark "
        "Souls|Dead Space|Death Stranding|Destiny 2|Deus Ex|Diablo II|Disco Elysium|"
        "Dishonored|Donkey Kong|DOOM|Dota 2|EA Sports FC|Elden Ring|Factorio|Fallout 4|Final "
        "Fantasy VII|Fortnite|Ghost of Tsushima|God of War|Grand Theft Auto V|Grim Fandango|"
        "Hades|Half-Life 2|Halo|Hollow Knight|Horizon Zero Dawn|Inside|It Takes Two|Journey|"
        "League of Legends|Limbo|Mass Effect 2|Metal Gear Solid|Metroid Prime|Minecraft|"
        "Monster Hunter|Monument Valley|Myst|Ori and the Blind Forest|Outer Wilds|Overwatch|"
        "Pac-Man|Persona 5|Planescape: Torment|Portal 2|PUBG|Quake|Red Dead Redemption 2|"
        "Resident Evil 4|Return of the Obra Dinn|RimWorld|Rocket League|Sekiro|Shadow of the "
        "Colossus|Silent Hill 2|SimCity|Skyrim|Slay the Spire|Spelunky|StarCraft|Stardew "
        "Valley|Street Fighter II|Super Mario Odyssey|Super Metroid|Team Fortress 2|Terraria|"
        "Tetris|The Last of Us|The Legend of Zelda|The Secret of Monkey Island|The Sims|The "
        "Witcher 3|Tomb Raider|Uncharted 2|Undertale|Valorant|What Remains of Edith Finch|"
        "World of Warcraft|XCOM 2"},
    FakerWords{"videogame.genre",
               "Action|Adventure|Arcade|Battle royale|Board game|Card game|Fighting|Horror|MMORPG|"
               "Party|Platformer|Puzzle|Racing|Real-time strategy|Rhythm|Roguelike|Role-playing|"
               "Sandbox|Shooter|Simulation|Sports|Stealth|Survival|Tower defense|Turn-based "
               "strategy|Visual novel"},
    FakerWords{"videogame.platform",
               "Android|Atari 2600|Commodore 64|Dreamcast|Game Boy|GameCube|iOS|Linux|macOS|Mega "
               "Drive|NES|Nintendo 3DS|Nintendo 64|Nintendo DS|Nintendo Switch|PC|PlayStation|"
               "PlayStation 2|PlayStation 3|PlayStation 4|PlayStation 5|PSP|Saturn|SNES|Steam Deck|"
               "Wii|Wii U|Xbox|Xbox 360|Xbox One|Xbox Series X"},
    FakerWords{"esports.game",
               "Age of Empires IV|Apex Legends|Call of Duty|Clash Royale|Counter-Strike 2|"
               "Dota 2|EA Sports FC|Fortnite|Gran Turismo 7|Halo Infinite|Hearthstone|iRacing|"
               "League of Legends|Madden NFL|Mobile Legends|Overwatch|PUBG|Quake Champions|"
               "Rainbow Six Siege|Rocket League|Smash Bros.|StarCraft II|Street Fighter 6|"
               "Teamfight Tactics|Tekken 8|Trackmania|Valorant|Warcraft III|World of Tanks"},
    FakerWords{"esports.team",
               "100 Thieves|Alliance|Astralis|BIG|Cloud9|Complexity|Dignitas|ENCE|Evil "
               "Geniuses|FaZe Clan|Fnatic|FURIA|G2 Esports|Gambit|Gen.G|Heroic|Immortals|"
               "Invictus Gaming|JD Gaming|KT Rolster|LGD Gaming|Liquid|MAD Lions|Mousesports|"
               "Natus Vincere|NRG|OG|OpTic Gaming|Rogue|Royal Never Give Up|Sentinels|SK "
               "Gaming|T1|Tundra|Vitality|Virtus.pro|Weibo Gaming"},
    FakerWords{"esports.league",
               "BLAST Premier|Call of Duty League|ESL Pro League|IEM|LCK|LCS|LEC|LPL|"
               "Overwatch League|PGL Major|RLCS|The International|VCT|Worlds"},
    FakerWords{"esports.event",
               "Cologne|Copenhagen|Dallas|Katowice|Los Angeles|Paris|Reykjavik|Rio de Janeiro|"
               "Seoul|Shanghai|Singapore|Stockholm"},
};

}  // namespace

std::span<const FakerWords> WordsOfComputers() {
  return kComputersWords;
}

}  // namespace weir::connectors
