#include <array>

#include "runtime/connectors/faker/words.h"

namespace weir::connectors {
namespace {

constexpr std::array kFictionWords = {
    FakerWords{"superhero.prefix",
               "The|Magnificent|Ultra|Supah|Illustrious|Agent|Cyborg|Dark|Giant|Mr|Doctor|Red|"
               "Green|General|Captain"},
    FakerWords{
        "superhero.suffix",
        "I|II|III|IX|XI|Claw|Man|Woman|Machine|Strike|X|Eyes|Dragon|Skull|Fist|Ivy|Boy|Girl|Knight|"
        "Wolf|Lord|Brain|the Hunter|of Hearts|Spirit|Strange|the Fated|Brain|Thirteen"},
    FakerWords{"superhero.descriptor",
               "A-Bomb|Abomination|Absorbing|Ajax|Allan|Ammo|Angel|Animal|Annihilus|Ant|Apocalypse|"
               "Aqua|Arachne|Arrow|Atom|Aurora|Azrael|Bane|Banshee|Bat|Beast|Beetle|Bionic|Bishop|"
               "Bizarro|Black Bolt|Blade|Blizzard|Blob|Bloodhawk|Boomer|Brainiac|Bronze Tiger|"
               "Bullseye|Bumblebee|Cable|Cat|Century|Chameleon|Colossal|Cosmic|Crimson|Crystal|"
               "Cyclops|Dagger|Dare|Dash|Dazzler|Deadshot|Deathlok|Domino|Doom|Doppelganger|Echo|"
               "Elastic|Electro|Falcon|Fallen|Firestorm|Flash|Forge|Ghost|Gladiator|Goliath|"
               "Granite|Hawk|Hope|Hydro|Ice|Iron|Jade|Jigsaw|Jolt|Katana|Kraven|Leech|Lightning|"
               "Lizard|Longshot|Magneto|Magnus|Mantis|Meltdown|Mimic|Moon|Moth|Mystique|Nebula|"
               "Nightcrawler|Nova|Oracle|Phantom|Phoenix|Plastique|Power|Purple|Quake|Quicksilver|"
               "Ray|Robin|Rogue|Sabretooth|Scarlet|Scorpion|Shadow|Shock|Silver|Siren|Speed|Spider|"
               "Star|Storm|Swamp|Tempest|Thunder|Titan|Toxin|Typhoid|Valkyrie|Vibe|Vision|Volcano|"
               "Wasp|Whirl|Winter|Wolverine|Wonder|Yellow"},
    FakerWords{"superhero.name",
               "#{superhero.prefix} #{superhero.descriptor} #{superhero.suffix}|"
               "#{superhero.prefix} #{superhero.descriptor}|#{superhero.descriptor} "
               "#{superhero.suffix}|#{superhero.descriptor}"},
    FakerWords{
        "superhero.power",
        "Ability Shift|Absorption|Accuracy|Adaptation|Aerokinesis|Agility|Animal Attributes|"
        "Animal Control|Animation|Astral Travel|Audio Control|Banish|Biokinesis|Camouflage|"
        "Chronokinesis|Clairvoyance|Cloaking|Cold Resistance|Cross-Dimensional Travel|"
        "Cryokinesis|Danger Sense|Darkforce Manipulation|Death Touch|Density Control|"
        "Dexterity|Duplication|Durability|Echokinesis|Elasticity|Electrokinesis|Element "
        "Control|Emotional Power Up|Empathy|Endurance|Energy Blasts|Energy Constructs|"
        "Enhanced Hearing|Enhanced Memory|Flight|Force Fields|Geokinesis|Gliding|Gravitokinesis|"
        "Healing|Heat Generation|Hydrokinesis|Hypnokinesis|Illumination|Illusions|"
        "Immortality|Insanity|Intangibility|Intelligence|Invisibility|Invulnerability|Jump|"
        "Levitation|Longevity|Magic|Magnetism|Matter Absorption|Mind Blast|Mind Control|"
        "Molecular Manipulation|Natural Armor|Nova Force|Omnilingualism|Phasing|Plant "
        "Control|Portal Creation|Possession|Power Cosmic|Precognition|Probability "
        "Manipulation|Psionic Powers|Pyrokinesis|Radar Sense|Reflexes|Regeneration|"
        "Resurrection|Shapeshifting|Size Changing|Sonar|Spatial Awareness|Stamina|Stealth|"
        "Super Breath|Super Speed|Super Strength|Telekinesis|Telepathy|Teleportation|Time "
        "Travel|Toxin Resistance|Vision - Heat|Vision - Night|Vision - X-Ray|Wallcrawling|"
        "Water Control|Weapons Master|Weather Control|Web Creation"},
    FakerWords{"harrypotter.character",
               "Aberforth Dumbledore|Alastor Moody|Albus Dumbledore|Alicia Spinnet|Amelia Bones|"
               "Amos Diggory|Andromeda Tonks|Angelina Johnson|Argus Filch|Arthur Weasley|Augusta "
               "Longbottom|Bellatrix Lestrange|Bill Weasley|Blaise Zabini|Cedric Diggory|Charlie "
               "Weasley|Cho Chang|Colin Creevey|Cormac McLaggen|Cornelius Fudge|Dean Thomas|Dobby|"
               "Dolores Umbridge|Draco Malfoy|Dudley Dursley|Ernie Macmillan|Fenrir Greyback|"
               "Filius Flitwick|Fleur Delacour|Fred Weasley|Garrick Ollivander|Gellert Grindelwald|"
               "George Weasley|Gilderoy Lockhart|Ginny Weasley|Godric Gryffindor|Gregory Goyle|"
               "Griphook|Hannah Abbott|Harry Potter|Helena Ravenclaw|Hermione Granger|Horace "
               "Slughorn|Igor Karkaroff|James Potter|Justin Finch-Fletchley|Katie Bell|Kingsley "
               "Shacklebolt|Kreacher|Lavender Brown|Lee Jordan|Lily Potter|Lucius Malfoy|Ludo "
               "Bagman|Luna Lovegood|Minerva McGonagall|Moaning Myrtle|Molly Weasley|Mundungus "
               "Fletcher|Narcissa Malfoy|Nearly Headless Nick|Neville Longbottom|Nymphadora Tonks|"
               "Oliver Wood|Padma Patil|Pansy Parkinson|Parvati Patil|Peeves|Penelope Clearwater|"
               "Percy Weasley|Peter Pettigrew|Petunia Dursley|Pomona Sprout|Poppy Pomfrey|Quirinus "
               "Quirrell|Regulus Black|Remus Lupin|Rita Skeeter|Ron Weasley|Rubeus Hagrid|Rufus "
               "Scrimgeour|Seamus Finnigan|Severus Snape|Sirius Black|Sybill Trelawney|The Bloody "
               "Baron|The Fat Lady|Tom Riddle|Vernon Dursley|Viktor Krum|Vincent Crabbe|Winky|"
               "Xenophilius Lovegood"},
    FakerWords{"harrypotter.location",
               "Azkaban|Beauxbatons|Borgin and Burkes|Diagon Alley|Durmstrang|Eeylops Owl Emporium|"
               "Flourish & Blotts|Florean Fortescue's Ice Cream Parlour|Forbidden Forest|Gladrags "
               "Wizardwear|Godric's Hollow|Gringotts Wizarding Bank|Hagrid's Hut|Hogsmeade|"
               "Hogwarts|Honeydukes|King's Cross Station|Knockturn Alley|Little Hangleton|Madam "
               "Malkin's|Madam Puddifoot's|Malfoy Manor|Ministry of Magic|Number 4, Privet Drive|"
               "Number 12, Grimmauld Place|Nurmengard|Ollivanders|Platform Nine and "
               "Three-Quarters|Quality Quidditch Supplies|Shell Cottage|Slug & Jiggers "
               "Apothecary|Spinner's End|St Mungo's Hospital|The Astronomy Tower|The Black Lake|"
               "The Burrow|The Chamber of Secrets|The Great Hall|The Hog's Head|The Hogwarts "
               "Express|The Leaky Cauldron|"
               "The Owlery|The Quidditch Pitch|The Room of Requirement|The Shrieking Shack|The "
               "Three Broomsticks|The Whomping Willow|Tottenham Court Road|Weasleys' Wizard "
               "Wheezes|Zonko's Joke Shop"},
    FakerWords{"harrypotter.spell",
               "Accio|Aguamenti|Alarte Ascendare|Alohomora|Anapneo|Aparecium|Arresto Momentum|"
               "Ascendio|Avada Kedavra|Avis|Bombarda|Brackium Emendo|Colloportus|Confringo|"
               "Confundo|Crucio|Deletrius|Densaugeo|Deprimo|Descendo|Diffindo|Duro|Engorgio|"
               "Episkey|Erecto|Evanesco|Expecto Patronum|Expelliarmus|Expulso|Ferula|Finite "
               "Incantatem|Flagrate|Flipendo|Furnunculus|Geminio|Glisseo|Homenum Revelio|"
               "Immobulus|Impedimenta|Imperio|Impervius|Incarcerous|Incendio|Langlock|Legilimens|"
               "Levicorpus|Liberacorpus|Locomotor|Lumos|Lumos Maxima|Meteolojinx Recanto|"
               "Mobiliarbus|Mobilicorpus|Morsmordre|Muffliato|Nox|Obliviate|Obscuro|Oppugno|"
               "Orchideous|Peskipiksi Pesternomi|Petrificus Totalus|Piertotum Locomotor|Portus|"
               "Prior Incantato|Protego|Protego Horribilis|Protego Totalum|Quietus|Reducio|Reducto|"
               "Relashio|Rennervate|Reparo|Repello Muggletum|Rictusempra|Riddikulus|Salvio Hexia|"
               "Scourgify|Sectumsempra|Serpensortia|Silencio|Sonorus|Specialis Revelio|Stupefy|"
               "Tarantallegra|Tergeo|Vera Verto|Waddiwasi|Wingardium Leviosa"},
    FakerWords{
        "harrypotter.house",
        "Gryffindor|Slytherin|Ravenclaw|Hufflepuff|Horned Serpent|Wampus|Thunderbird|Pukwudgie"},
    FakerWords{
        "harrypotter.book",
        "Harry Potter and the Sorcerer's Stone|Harry Potter and the Chamber of Secrets|Harry "
        "Potter and the Prisoner of Azkaban|Harry Potter and the Goblet of Fire|Harry Potter "
        "and the Order of the Phoenix|Harry Potter and the Half-Blood Prince|Harry Potter "
        "and the Deathly Hallows"},
    FakerWords{"harrypotter.characters", "#{harrypotter.character}"},
    FakerWords{"harrypotter.locations", "#{harrypotter.location}"},
    FakerWords{"harrypotter.spells", "#{harrypotter.spell}"},
    FakerWords{"harrypotter.houses", "#{harrypotter.house}"},
    FakerWords{"harrypotter.books", "#{harrypotter.book}"},
    FakerWords{"drwho.thedoctors",
               "First Doctor|Second Doctor|Third Doctor|Fourth Doctor|Fifth Doctor|Sixth Doctor|"
               "Seventh Doctor|Eighth Doctor|Ninth Doctor|Tenth Doctor|Eleventh Doctor|Twelfth "
               "Doctor|Thirteenth Doctor|War Doctor"},
    FakerWords{"drwho.thedoctor", "#{drwho.thedoctors}"},
    FakerWords{"drwho.actor",
               "William Hartnell|Patrick Troughton|Jon Pertwee|Tom Baker|Peter Davison|Colin Baker|"
               "Sylvester McCoy|Paul McGann|John Hurt|Christopher Eccleston|David Tennant|Matt "
               "Smith|Peter Capaldi|Jodie Whittaker"},
    FakerWords{"drwho.character",
               "Ace|Adric|Amy Pond|Barbara Wright|Bill Potts|Brigadier Lethbridge-Stewart|Captain "
               "Jack Harkness|Clara Oswald|Craig Owens|Danny Pink|Davros|Donna Noble|Harriet Jones|"
               "Ian Chesterton|Jackie Tyler|Jamie McCrimmon|Jenny Flint|Jo Grant|K-9|Kate Stewart|"
               "Leela|Liz Shaw|Madame Vastra|Martha Jones|Mickey Smith|Missy|Nardole|Nyssa|Osgood|"
               "Peri Brown|River Song|Romana|Rory Williams|Rose Tyler|Sarah Jane Smith|Steven "
               "Taylor|Strax|Susan Foreman|Tegan Jovanka|The Master|Turlough|Vicki|Victoria "
               "Waterfield|Wilfred Mott|Yasmin Khan|Zoe Heriot"},
    FakerWords{"drwho.villain",
               "Autons|Axons|Cybermen|Daleks|Davros|Draconians|Ice Warriors|Judoon|Mondasian "
               "Cybermen|Ogrons|Ood|Rutans|Sea Devils|Silurians|Slitheen|Sontarans|Sycorax|The "
               "Beast|The Great Intelligence|The Master|The Rani|The Silence|Weeping Angels|Yeti|"
               "Zygons"},
    FakerWords{"drwho.villains", "#{drwho.villain}"},
    FakerWords{"drwho.species",
               "Adipose|Aggedor|Androgum|Auton|Chelonian|Cybermen|Dalek|Draconian|Drashig|Gelth|"
               "Human|Ice Warrior|Isolus|Judoon|Krillitane|Movellan|Ood|Raxacoricofallapatorian|"
               "Rutan|Silurian|Sontaran|Sycorax|Thal|Time Lord|Vashta Nerada|Weeping Angel|Zygon"},
    FakerWords{
        "rickandmorty.character",
        "Abradolf Lincler|Arthricia|Baby Legs|Beth Smith|Big Head|Birdperson|Blim Blam|Bobby "
        "Moynihan|Brad|Cop Morty|Cop Rick|Cornvelious Daniel|Dale|Doofus Rick|Dr. Xenon "
        "Bloom|Ethan|Evil Morty|Frank Palicky|Frankenstein's Monster|Gazorpazorpfield|"
        "Gearhead|General Nathan|Ghost in a Jar|Glootie|Goldenfold|Hemorrhage|Jaguar|"
        "Jerry Smith|Jessica|King Jellybean|Krombopulos Michael|Logic|Lucy|Million Ants|"
        "Morty Jr.|Morty Smith|Mr. Marklovitz|Mr. Meeseeks|Mr. Needful|Noob-Noob|Nancy|Phillip "
        "Jacobs|Photography Raptor|Pickle "
        "Rick|Plumbubo Prime|President Curtis|Reverse Giraffe|Revolio "
        "Clockberg Jr.|Rick Sanchez|Scary Terry|Scropon|Shrimply Pibbles|Simple Rick|Slow "
        "Rick|Squanchy|Stacy|Stealy|Summer Smith|Supernova|Tammy Guetermann|Tinkles|Tiny "
        "Rick|Toxic Rick|Unity|Vance Maximus|Zeep Xanflorp|Zigerion"},
    FakerWords{"rickandmorty.location",
               "Abadango|Alphabetrium|Anatomy Park|Bird World|Blips and Chitz|Cromulon|"
               "Citadel of Ricks|Cronenberg World|Dimension C-137|Dimension C-35|Dimension C-500A|"
               "Dorian 5|Earth|Fantasy World|Froopyland|Gazorpazorp|Glaagablaaga|Gromflom Prime|"
               "Hideout Planet|Interdimensional Customs|Krootabulon|"
               "Larva Alien Planet|Mega Gargantuan Kingdom|Morglutz Nebula|Narnia Dimension|"
               "Nuptia 4|Nuptia 8|Pawn Shop Planet|Phone World|Pizza World|Planet Squanch|Pluto|"
               "Purge Planet|Resort Planet|Screaming Sun Earth|Snake Planet|St. Gloopy Noops "
               "Hospital|The Menagerie|Vampire Colony|Worldender's Lair|"
               "Zigerion Base"},
    FakerWords{
        "hitchhikersguidetothegalaxy.character",
        "Agda|Agrajag|Almighty Bob|Arthur Dent|Barman|Bowerick Wowbagger|Colin the Security "
        "Robot|Constant Mown|Deep Thought|Dirk Gently|Eccentrica Gallumbits|Eddie the "
        "Computer|Effrafax of Wug|Ford Prefect|Fenchurch|Fook|Frankie Mouse|Gag Halfrunt|"
        "Gail Andrews|Gargravarr|Garkbit|Gogrilla Mincefriend|Grunthos the Flatulent|"
        "Hactar|Heimdall|Hotblack Desiato|Humma Kavula|Hurling Frootmig|Jeltz|Karl Mueller|"
        "Kwaltz|Lady Cynthia Fitzmelton|Lallafa|Lajestic Vantrashell|Lig Lury Jr.|Loonquawl|"
        "Lunkwill|Majikthise|Marvin|Max Quordlepleen|Murray Bost Henson|Oolon Colluphid|"
        "Phouchg|Pizpot Gargravarr|Poodoo|Prak|Prosser|Prostetnic Vogon Jeltz|Questular "
        "Rontok|Random Dent|Reg Nullify|Rob McKenna|Roosta|Ruler of the Universe|Russell|"
        "Slartibartfast|Thor|Tricia McMillan|Trillian|Trin Tragula|Veet Voojagig|Vroomfondel|"
        "Wonko the Sane|Yooden Vranx|Zaphod Beeblebrox|Zarniwoop|Zarquon"},
    FakerWords{"hitchhikersguidetothegalaxy.starship",
               "Billion Year Bunker|Bistromath|Golgafrinchan Ark Fleet Ship B|Heart of Gold|"
               "Krikkit One|RW6|Starship Titanic|Tanngrisnir|The Disaster Area Stunt Ship|Vogon "
               "Constructor Fleet"},
    FakerWords{"hitchhikersguidetothegalaxy.location",
               "29 Arlington Avenue|Arthur Dent's House|Asbleg|Barnard's Star|Betelgeuse|Boston|"
               "Bournemouth|Cathedral of Chalesm|Cottington|Croydon|Denmark|Evildrome Boozarama|"
               "Frogstar World B|Guildford|Islington|Kria|Lord's Cricket Ground|Madagascar|"
               "Magrathea|Megadodo Publications|Milliways|New York|Rickmansworth|Stavromula Beta|"
               "Taunton|The Big Bang Burger Bar|The Domain of the King|The Horse and Groom|Total "
               "Perspective Vortex|Ursa Minor"},
    FakerWords{
        "hitchhikersguidetothegalaxy.planet",
        "Allosimanius Syneca|Argabuthon|Arkintoofle Minor|Asgard|Bartledan|Bethselamin|"
        "Betelgeuse Five|Brontitall|Broop Kidron Thirteen|Burphon XII|Damogran|Earth|"
        "Eroticon VI|Fallia|Folfanga|Frogstar World A|Frogstar World B|Gagrakacka|Golgafrincham|"
        "Hastromil|Hawalius|Jaglan Beta|Kakrafoon|Kria|Krikkit|Lamuella|Magrathea|"
        "Maximegalon|Nowwhat|NowWhat|Oglaroon|Preliumtarn|Poghril|Rupert|Sesefras Magna|"
        "Santraginus V|Sqornshellous Zeta|Stegbartle Major|Traal|Ursa Minor Beta|Viltvodle VI|"
        "Vogsphere|Xaxis|Zentalquabula"},
    FakerWords{
        "gameofthrones.character",
        "Aemon Targaryen|Alliser Thorne|Arya Stark|Asha Greyjoy|Balon Greyjoy|Barristan "
        "Selmy|Benjen Stark|Beric Dondarrion|Bran Stark|Brienne of Tarth|Bronn|Brynden "
        "Tully|Catelyn Stark|Cersei Lannister|Daario Naharis|Daenerys Targaryen|Davos "
        "Seaworth|Doran Martell|Eddard Stark|Eddison Tollett|Edmure Tully|Ellaria Sand|"
        "Euron Greyjoy|Gendry|Gilly|Gregor Clegane|Grey Worm|High Sparrow|Hodor|Hot Pie|"
        "Ilyn Payne|Jaime Lannister|Janos Slynt|Jeor Mormont|Joffrey Baratheon|Jojen Reed|"
        "Jon Snow|Jorah Mormont|Kevan Lannister|Khal Drogo|Lancel Lannister|Loras Tyrell|"
        "Lysa Arryn|Mace Tyrell|Mance Rayder|Margaery Tyrell|Meera Reed|Melisandre|"
        "Meryn Trant|Missandei|Myrcella Baratheon|Oberyn Martell|Olenna Tyrell|Osha|Petyr "
        "Baelish|Podrick Payne|Pycelle|Qyburn|Ramsay Bolton|Renly Baratheon|Rickon Stark|"
        "Robb Stark|Robert Baratheon|Roose Bolton|Samwell Tarly|Sandor Clegane|Sansa Stark|"
        "Shae|Stannis Baratheon|Syrio Forel|Talisa Maegyr|Theon Greyjoy|Thoros of Myr|Tommen "
        "Baratheon|Tormund|Tyrion Lannister|Tywin Lannister|Varys|Viserys Targaryen|Walder "
        "Frey|Yara Greyjoy|Ygritte"},
    FakerWords{"gameofthrones.house",
               "Arryn|Baelish|Baratheon|Blackfyre|Bolton|Bracken|Cassel|Cerwyn|Clegane|Dayne|"
               "Dondarrion|Florent|Frey|Glover|Greyjoy|Hightower|Hornwood|Karstark|Lannister|"
               "Manderly|Martell|Mormont|Mallister|Oakheart|Payne|Reed|Redwyne|Royce|Ryswell|Selmy|"
               "Slynt|Stark|Stokeworth|Swann|Swyft|Tallhart|Targaryen|Tarly|Tarth|Thorne|Trant|"
               "Tully|Tyrell|Umber|Velaryon|Waynwood|Westerling|Yronwood"},
    FakerWords{"gameofthrones.city",
               "Astapor|Asshai|Barrowton|Braavos|Great Norvos|Gulltown|King's Landing|Lannisport|"
               "Lorath|Lys|Mantarys|Meereen|Myr|Old Volantis|Oldtown|Pentos|Planky Town|Qarth|"
               "Qohor|Sunspear|Tyrosh|Vaes Dothrak|Volon Therys|Volantis|White Harbor|Yunkai"},
    FakerWords{
        "gameofthrones.dragon",
        "Archonei|Arrax|Balerion|Caraxes|Dreamfyre|Drogon|Essovius|Ghiscar|Meleys|Meraxes|"
        "Moondancer|Morghul|Quicksilver|Rhaegal|Seasmoke|Sheepstealer|Shrykos|Silverwing|"
        "Stormcloud|Sunfyre|Syrax|Tessarion|Tyraxes|Urrax|Valryon|Vermax|Vermithor|Vermithrax|"
        "Vhagar|Viserion"},
    FakerWords{
        "lordoftherings.character",
        "Aragorn|Arwen|Balin|Bard|Beorn|Bilbo Baggins|Bofur|Boromir|Celeborn|Denethor|Dwalin|"
        "Elendil|Elrond|Éomer|Éowyn|Fangorn|Faramir|Figwit|Frodo Baggins|Galadriel|Gandalf|"
        "Gil-galad|Gimli|Glóin|Glorfindel|Gollum|Gríma Wormtongue|Háma|Isildur|Legolas|Lobelia "
        "Sackville-Baggins|Lurtz|Meriadoc Brandybuck|Mouth of Sauron|Peregrin Took|Quickbeam|"
        "Radagast|Rosie Cotton|Samwise Gamgee|Saruman|Sauron|Shagrat|Shelob|Smaug|Théoden|"
        "Thorin Oakenshield|Thranduil|Tom Bombadil|Treebeard|Witch-king of Angmar"},
    FakerWords{
        "lordoftherings.location",
        "Argonath|Bag End|Barad-dûr|Bree|Bucklebury|Cair Andros|Caradhras|Cirith Ungol|Dead "
        "Marshes|Dol Guldur|Edoras|Emyn Muil|Erebor|Fangorn|Fords of Isen|Gondor|Grey Havens|"
        "Helm's Deep|Hobbiton|Isengard|Ithilien|Lake-town|Lothlórien|Minas Morgul|Minas "
        "Tirith|Mirkwood|Misty Mountains|Mordor|Moria|Mount Doom|Nan Curunír|Numenor|Old "
        "Forest|Orodruin|Orthanc|Osgiliath|Pelennor Fields|Rivendell|Rohan|The Shire|Udûn|"
        "Weathertop"},
    FakerWords{"starwars.character",
               "Admiral Ackbar|Ahsoka Tano|Anakin Skywalker|Asajj Ventress|Aurra Sing|Bail Organa|"
               "BB-8|Bib Fortuna|Biggs Darklighter|Boba Fett|Bossk|C-3PO|Captain Phasma|Cassian "
               "Andor|Chewbacca|Chirrut Îmwe|Count Dooku|Darth Maul|Darth Vader|Din Djarin|Emperor "
               "Palpatine|Ezra Bridger|Finn|Galen Erso|General Grievous|General Hux|Grand Admiral "
               "Thrawn|Grand Moff Tarkin|Greedo|Grogu|Han Solo|Hera Syndulla|IG-88|Jabba the Hutt|"
               "Jango Fett|Jar Jar Binks|Jyn Erso|K-2SO|Kanan Jarrus|Ki-Adi-Mundi|Kit Fisto|Kylo "
               "Ren|Lando Calrissian|Leia Organa|Lobot|Luke Skywalker|Mace Windu|Maz Kanata|Mon "
               "Mothma|Nien Nunb|Obi-Wan Kenobi|Orson Krennic|Owen Lars|Padmé Amidala|Plo Koon|Poe "
               "Dameron|Qui-Gon Jinn|R2-D2|Rey|Rose Tico|Sabine Wren|Saw Gerrera|Sebulba|Shaak Ti|"
               "Snoke|Tarfful|Watto|Wedge Antilles|Wicket W. Warrick|Yoda|Zam Wesell|Zeb Orrelios"},
    FakerWords{"starwars.characters", "#{starwars.character}"},
    FakerWords{
        "starwars.planets",
        "Abafar|Ahch-To|Alderaan|Anoat|Bespin|Bogano|Bracca|Cantonica|Cato Neimoidia|Concord "
        "Dawn|Corellia|Coruscant|Crait|D'Qar|Dagobah|Dantooine|Dathomir|Devaron|Endor|"
        "Exegol|Felucia|Ferrix|Florrum|Geonosis|Hosnian Prime|Hoth|Iego|Ilum|Jakku|Jedha|"
        "Kamino|Kashyyyk|Kef Bir|Kessel|Kijimi|Lah'mu|Lothal|Malachor|Malastare|Mandalore|"
        "Maridun|Mon Cala|Mortis|Mustafar|Mygeeto|Naboo|Nal Hutta|Nevarro|Onderon|Ord "
        "Mantell|Pasaana|Polis Massa|Rodia|Ryloth|Saleucami|Scarif|Sorgan|Starkiller Base|"
        "Sullust|Takodana|Tatooine|Taris|Toydaria|Umbara|Utapau|Yavin IV|Zeffo"},
    FakerWords{"starwars.planet", "#{starwars.planets}"},
    FakerWords{
        "startrek.character",
        "Benjamin Sisko|Beverly Crusher|Chakotay|Charles Tucker|Christopher Pike|Data|Deanna "
        "Troi|Elim Garak|Ezri Dax|Geordi La Forge|Gul Dukat|Guinan|Harry Kim|Hikaru Sulu|"
        "Hoshi Sato|Jadzia Dax|James T. Kirk|Jean-Luc Picard|Jonathan Archer|Julian Bashir|"
        "Kathryn Janeway|Khan Noonien Singh|Kira Nerys|Leonard McCoy|Lwaxana Troi|Malcolm "
        "Reed|Michael Burnham|Miles O'Brien|Montgomery Scott|Morn|Neelix|Nog|Nyota Uhura|Odo|"
        "Pavel Chekov|Phlox|Q|Quark|Reginald Barclay|Ro Laren|Rom|Saru|Seven of Nine|Spock|"
        "T'Pol|Tasha Yar|The Doctor|Tom Paris|Travis Mayweather|Tuvok|Wesley Crusher|Weyoun|"
        "William Riker|Worf"},
    FakerWords{"startrek.location",
               "Alpha Centauri|Andoria|Bajor|Betazed|Cardassia|Cestus III|Deep Space Nine|Delta "
               "Vega|Earth|Farpoint Station|Ferenginar|Kronos|Jupiter Station|Khitomer|Minos|"
               "Mutara Nebula|Nimbus III|Organia|Qo'noS|Remus|Rigel IV|Risa|Romulus|Starbase 12|"
               "Talos IV|Trill|Utopia Planitia|Veridian III|Vulcan|Wolf 359"},
    FakerWords{"startrek.species",
               "Andorian|Bajoran|Betazoid|Borg|Breen|Cardassian|Changeling|Denobulan|El-Aurian|"
               "Ferengi|Gorn|Hirogen|Human|Jem'Hadar|Kazon|Klingon|Nausicaan|Ocampa|Orion|Reman|"
               "Romulan|Suliban|Talaxian|Tholian|Trill|Tribble|Vorta|Vulcan|Xindi"},
    FakerWords{
        "pokemon.name",
        "Abra|Aerodactyl|Alakazam|Arbok|Arcanine|Articuno|Beedrill|Bellsprout|Blastoise|"
        "Bulbasaur|Butterfree|Caterpie|Chansey|Charizard|Charmander|Charmeleon|Clefable|"
        "Clefairy|Cloyster|Cubone|Dewgong|Diglett|Ditto|Dodrio|Doduo|Dragonair|Dragonite|"
        "Dratini|Drowzee|Dugtrio|Eevee|Ekans|Electabuzz|Electrode|Exeggcute|Exeggutor|"
        "Farfetch'd|Fearow|Flareon|Gastly|Gengar|Geodude|Gloom|Golbat|Goldeen|Golduck|Golem|"
        "Graveler|Grimer|Growlithe|Gyarados|Haunter|Hitmonchan|Hitmonlee|Horsea|Hypno|"
        "Ivysaur|Jigglypuff|Jolteon|Jynx|Kabuto|Kabutops|Kadabra|Kakuna|Kangaskhan|Kingler|"
        "Koffing|Krabby|Lapras|Lickitung|Machamp|Machoke|Machop|Magikarp|Magmar|Magnemite|"
        "Magneton|Mankey|Marowak|Meowth|Metapod|Mew|Mewtwo|Moltres|Muk|Nidoking|Nidoqueen|"
        "Ninetales|Oddish|Omanyte|Omastar|Onix|Paras|Parasect|Persian|Pidgeot|Pidgeotto|"
        "Pidgey|Pikachu|Pinsir|Poliwag|Poliwrath|Ponyta|Porygon|Primeape|Psyduck|Raichu|"
        "Rapidash|Raticate|Rattata|Rhydon|Rhyhorn|Sandshrew|Sandslash|Scyther|Seadra|Seaking|"
        "Seel|Shellder|Slowbro|Slowpoke|Snorlax|Spearow|Squirtle|Starmie|Staryu|Tangela|"
        "Tauros|Tentacool|Tentacruel|Vaporeon|Venomoth|Venonat|Venusaur|Victreebel|Vileplume|"
        "Voltorb|Vulpix|Wartortle|Weedle|Weepinbell|Weezing|Wigglytuff|Zapdos|Zubat"},
    FakerWords{
        "pokemon.location",
        "Accumula Town|Ambrette Town|Aspertia City|Azalea Town|Black City|Blackthorn City|"
        "Canalave City|Castelia City|Celadon City|Celestic Town|Cerulean City|Cherrygrove "
        "City|Cianwood City|Cinnabar Island|Coumarine City|Cyllage City|Dewford Town|"
        "Driftveil City|Ecruteak City|Eterna City|Ever Grande City|Fallarbor Town|Fortree "
        "City|Fuchsia City|Goldenrod City|Hearthome City|Icirrus City|Jubilife City|"
        "Lavaridge Town|Lavender Town|Lilycove City|Littleroot Town|Lumiose City|Mahogany "
        "Town|Mauville City|Mistralton City|Mossdeep City|New Bark Town|Nimbasa City|Olivine "
        "City|Opelucid City|Oreburgh City|Pallet Town|Pastoria City|Petalburg City|Pewter "
        "City|Rustboro City|Saffron City|Slateport City|Snowpoint City|Sootopolis City|"
        "Striaton City|Sunyshore City|Twinleaf Town|Vermilion City|Violet City|Viridian City"},
    FakerWords{"ancient.god",
               "Aphrodite|Apollo|Ares|Artemis|Athena|Demeter|Dionysus|Hades|Hephaestus|Hera|Hermes|"
               "Hestia|Pan|Poseidon|Zeus"},
    FakerWords{"ancient.titan",
               "Atlas|Coeus|Crius|Cronus|Epimetheus|Hyperion|Iapetus|Menoetius|Mnemosyne|Oceanus|"
               "Phoebe|Prometheus|Rhea|Tethys|Theia|Themis"},
    FakerWords{
        "ancient.hero",
        "Achilles|Aeneas|Ajax the Great|Asclepius|Atalanta|Bellerophon|Cadmus|Castor|Daedalus|"
        "Diomedes|Ganymede|Hector|Heracles|Iolaus|Jason|Meleager|Menelaus|Odysseus|Orpheus|"
        "Patroclus|Penelope|Perseus|Pollux|Telemachus|Theseus"},
    FakerWords{"ancient.primordial",
               "Achlys|Aether|Ananke|Chaos|Chronos|Erebus|Eros|Gaia|Hemera|Hypnos|Nemesis|Nyx|"
               "Pontus|Tartarus|Thalassa|Uranus"},
    FakerWords{"greekphilosopher.name",
               "Aenesidemus|Alcmaeon|Anaxagoras|Anaximander|Anaximenes|Antisthenes|Arcesilaus|"
               "Archytas|Aristippus|Aristotle|Carneades|Chrysippus|Cleanthes|Crates of Thebes|"
               "Cratylus|Democritus|Dicaearchus|Diogenes of Sinope|Empedocles|Epictetus|"
               "Epicurus|Euclid of Megara|Eudoxus|Gorgias|Heraclitus|Hipparchia|Hippias|"
               "Hypatia|Leucippus|Melissus|Parmenides|Philolaus|Plato|Plotinus|Posidonius|"
               "Proclus|Prodicus|Protagoras|Pyrrho|Pythagoras|Sextus Empiricus|Socrates|"
               "Speusippus|Thales|Theophrastus|Timon|Xenocrates|Xenophanes|Zeno of Citium|"
               "Zeno of Elea"},
    FakerWords{"friends.character",
               "Alice Knight|Amanda Buffamonteezi|Barry Farber|Ben Geller|Bonnie|Carol "
               "Willick|Chandler Bing|Charles Bing|Charlie Wheeler|Danny|David|Eddie Menuek|"
               "Emily Waltham|Emma Geller-Green|Eric|Erica|Estelle Leonard|Frank Buffay Jr.|"
               "Fun Bobby|Gary|Gunther|Jack Geller|Janice|Jill Green|Joanna|Joey Tribbiani|"
               "Joshua Burgin|Judy Geller|Julie|Kathy|Leonard Green|Mark Robinson|Mike "
               "Hannigan|Mona|Monica Geller|Mr. Heckles|Mr. Treeger|Nora Bing|Paolo|Paul "
               "Stevens|Pete Becker|Phoebe Buffay|Rachel Green|Richard Burke|Ross Geller|"
               "Sandra Green|Susan Bunch|Tag Jones|Ursula Buffay"},
    FakerWords{"friends.location",
               "Bloomingdale's|Central Park|Central Perk|Chandler and Joey's apartment|"
               "Iridium|Javu|London|Monica's apartment|New York City|Ralph Lauren|Ross's "
               "apartment|The Moondance Diner|Yonkers"},
    FakerWords{"backtothefuture.character",
               "3-D|Babs|Betty|Biff Tannen|Buford Tannen|Clara Clayton|Copernicus|Dave McFly|"
               "Douglas J. Needles|Einstein|Emmett Brown|George McFly|Goldie Wilson|Goldie "
               "Wilson III|Griff Tannen|Ito Fujitsu|Jennifer Parker|Joey Baines|Linda McFly|"
               "Lorraine Baines|Lou Caruthers|Maggie McFly|Marlene McFly|Martin McFly|Marty "
               "McFly|Match|Mayor Hubert|Milton Baines|Needles|Otis Peabody|Red Thomas|Sally "
               "Baines|Sam Baines|Seamus McFly|Skinhead|Spike|Stanford Strickland|Stella "
               "Baines|Terry|Whitey|William McFly"},
    FakerWords{"backtothefuture.date",
               "November 5, 1955|November 12, 1955|October 21, 2015|October 25, 1985|October "
               "26, 1985|September 2, 1885|September 7, 1885|January 1, 1885"},
    FakerWords{"backtothefuture.location",
               "Burger King|Cafe 80's|Clayton Ravine|Clocktower|Courthouse Square|Doc's "
               "garage|Eastwood Ravine|Hill Valley|Hill Valley High School|Hilldale|Lone Pine "
               "Mall|Lou's Cafe|Lyon Estates|Palace Saloon|Peabody's farm|Shonash Ravine|Twin "
               "Pines Mall"},
    FakerWords{"witcher.character",
               "Anna Henrietta|Avallac'h|Bonhart|Borch Three Jackdaws|Cahir|Calanthe|Cirilla|"
               "Coën|Crach an Craite|Dandelion|Dijkstra|Dudu|Emhyr var Emreis|Eredin|Eskel|"
               "Falka|Filippa Eilhart|Foltest|Francesca Findabair|Fringilla Vigo|Geralt of "
               "Rivia|Iorveth|Istredd|Keira Metz|Lambert|Leo Bonhart|Letho|Margarita "
               "Laux-Antille|Milva|Mousesack|Nenneke|Pavetta|Philippa|Priscilla|Regis|Roach|"
               "Sabrina Glevissig|Saskia|Shani|Sheala de Tancarville|Sigismund|Stregobor|"
               "Syanna|Thaler|Tissaia de Vries|Tor Lara|Triss Merigold|Vernon Roche|Ves|"
               "Vesemir|Vilgefortz|Yarpen Zigrin|Yennefer of Vengerberg|Zoltan Chivay"},
    FakerWords{"witcher.school", "Bear|Cat|Crane|Griffin|Manticore|Viper|Wolf"},
    FakerWords{"witcher.location",
               "Aedirn|Aretuza|Brokilon|Brugge|Cidaris|Cintra|Kaedwen|Kaer Morhen|Kovir|Lyria|"
               "Mahakam|Nilfgaard|Novigrad|Oxenfurt|Redania|Rivia|Skellige|Temeria|Toussaint|"
               "Velen|Vizima|White Orchard|Zerrikania"},
    FakerWords{"witcher.monster",
               "Alghoul|Archespore|Barghest|Basilisk|Botchling|Bruxa|Cockatrice|Drowner|"
               "Ekimmara|Fiend|Foglet|Forktail|Ghoul|Godling|Grave hag|Griffin|Higher vampire|"
               "Katakan|Leshen|Nekker|Nightwraith|Noonwraith|Rotfiend|Shaelmaar|Striga|"
               "Succubus|Water hag|Werewolf|Wyvern"},
};

}  // namespace

std::span<const FakerWords> WordsOfFiction() {
  return kFictionWords;
}

}  // namespace weir::connectors
