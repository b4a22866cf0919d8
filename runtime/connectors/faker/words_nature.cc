#include <array>

#include "runtime/connectors/faker/words.h"

namespace weir::connectors {
namespace {

constexpr std::array kNatureWords = {
    FakerWords{
        "animal.name",
        "Aardvark|Albatross|Alligator|Alpaca|Ant|Anteater|Antelope|Armadillo|Badger|"
        "Barracuda|Bat|Bear|Beaver|Bee|Bison|Boar|Buffalo|Butterfly|Camel|Capybara|Caribou|"
        "Cassowary|Cat|Caterpillar|Chamois|Cheetah|Chicken|Chimpanzee|Chinchilla|Clam|Cobra|"
        "Cockroach|Cod|Cormorant|Coyote|Crab|Crane|Crocodile|Crow|Deer|Dinosaur|Dog|Dolphin|"
        "Donkey|Dove|Dragonfly|Duck|Eagle|Echidna|Eel|Elephant|Elk|Emu|Falcon|Ferret|Finch|"
        "Flamingo|Fly|Fox|Frog|Gazelle|Gerbil|Giraffe|Gnu|Goat|Goldfish|Goose|Gorilla|"
        "Grasshopper|Guinea Pig|Gull|Hamster|Hare|Hawk|Hedgehog|Heron|Hippopotamus|Hornet|"
        "Horse|Hummingbird|Hyena|Ibex|Jackal|Jaguar|Jay|Jellyfish|Kangaroo|Kingfisher|Koala|"
        "Lark|Lemur|Leopard|Lion|Llama|Lobster|Magpie|Mallard|Manatee|Meerkat|Mole|Mongoose|"
        "Moose|Mouse|Narwhal|Newt|Nightingale|Octopus|Okapi|Opossum|Ostrich|Otter|Owl|Oyster|"
        "Panther|Parrot|Pelican|Penguin|Pheasant|Pig|Pigeon|Polar Bear|Porcupine|Quail|"
        "Rabbit|Raccoon|Ram|Raven|Reindeer|Rhinoceros|Salamander|Salmon|Seal|Shark|Sheep|"
        "Skunk|Sloth|Snail|Spider|Squid|Squirrel|Starling|Stork|Swan|Tapir|Tiger|Toad|"
        "Turkey|Turtle|Vulture|Wallaby|Walrus|Wasp|Weasel|Whale|Wolf|Wolverine|Wombat|Yak|"
        "Zebra"},
    FakerWords{
        "dog.name",
        "Abby|Ace|Angel|Apollo|Bailey|Bandit|Bear|Bella|Belle|Bentley|Bo|Boomer|Brady|"
        "Brandy|Bruno|Brutus|Bubba|Buddy|Buster|Callie|Casey|Champ|Chance|Charlie|Chloe|"
        "Coco|Cody|Cookie|Copper|Daisy|Dakota|Dexter|Diesel|Duke|Ellie|Emma|Finn|Gizmo|Gracie|"
        "Gunner|Gus|Hank|Harley|Hazel|Henry|Honey|Hunter|Izzy|Jack|Jake|Jasmine|Jasper|Katie|"
        "Koda|Lady|Layla|Lexi|Lilly|Lola|Louie|Lucky|Lucy|Luke|Lulu|Luna|Maddie|Maggie|Marley|"
        "Max|Mia|Millie|Milo|Missy|Moose|Murphy|Nala|Oliver|Ollie|Oreo|Oscar|Otis|Penny|"
        "Pepper|Piper|Prince|Princess|Rex|Riley|Rocco|Rocky|Roscoe|Rosie|Roxie|Ruby|Rudy|Rufus|"
        "Rusty|Sadie|Sam|Samson|Sandy|Sasha|Scout|Shadow|Simba|Sophie|Stella|Tank|Teddy|"
        "Thor|Toby|Tucker|Tyson|Willow|Winnie|Winston|Zeus|Zoe"},
    FakerWords{"dog.breed",
               "Afghan Hound|Airedale Terrier|Akita|Alaskan Malamute|American Bulldog|Australian "
               "Shepherd|Basenji|Basset Hound|Beagle|Bearded Collie|Belgian Malinois|Bernese "
               "Mountain Dog|Bichon Frise|Bloodhound|Border Collie|Border Terrier|Borzoi|Boston "
               "Terrier|Boxer|Briard|Bull Terrier|Bulldog|Bullmastiff|Cairn Terrier|Cane Corso|"
               "Chihuahua|Chow Chow|Cocker Spaniel|Collie|Corgi|Dachshund|Dalmatian|Doberman|"
               "English Setter|Fox Terrier|French Bulldog|German Shepherd|Golden Retriever|Gordon "
               "Setter|Great Dane|Great Pyrenees|Greyhound|Havanese|Irish Setter|Irish Wolfhound|"
               "Italian Greyhound|Jack Russell Terrier|Keeshond|Komondor|Kuvasz|Labrador Retriever|"
               "Leonberger|Lhasa Apso|Maltese|Mastiff|Newfoundland|Norfolk Terrier|Papillon|"
               "Pekingese|Pointer|Pomeranian|Poodle|Pug|Puli|Rhodesian Ridgeback|Rottweiler|Saint "
               "Bernard|Saluki|Samoyed|Schnauzer|Scottish Terrier|Shar Pei|Shetland Sheepdog|Shiba "
               "Inu|Shih Tzu|Siberian Husky|Staffordshire Terrier|Vizsla|Weimaraner|West Highland "
               "Terrier|Whippet|Yorkshire Terrier"},
    FakerWords{"dog.size", "small|medium|large|extra large"},
    FakerWords{"dog.age", "puppy|adult|senior"},
    FakerWords{"dog.gender", "male|female"},
    FakerWords{"dog.sound", "woof|woof woof|bark|bark bark|arf|yip|growl|grrr|ruff|ruff ruff|howl"},
    FakerWords{"cat.name",
               "Alfie|Angel|Bella|Charlie|Chloe|Coco|Daisy|Felix|Jasper|Lily|Lucky|Lucy|Max|Millie|"
               "Milo|Missy|Misty|Molly|Oliver|Oscar|Poppy|Sam|Shadow|Simba|Smokey|Smudge|Sooty|"
               "Tiger|Tigger|Whiskers|Ziggy|Luna|Nala|Loki|Cleo|Gizmo|Mittens|Pumpkin|Ginger|Socks|"
               "Salem|Boots|Patches|Peanut|Pepper|Olive|Willow|Hazel|Biscuit|Mochi|Toast|Pickles"},
    FakerWords{
        "cat.breed",
        "Abyssinian|Aegean|American Bobtail|American Curl|American Shorthair|American "
        "Wirehair|Arabian Mau|Asian|Australian Mist|Balinese|Bambino|Bengal|Birman|Bombay|"
        "Brazilian Shorthair|British Longhair|British Shorthair|Burmese|Burmilla|California "
        "Spangled|Chantilly-Tiffany|Chartreux|Chausie|Cheetoh|Colorpoint Shorthair|Cornish "
        "Rex|Cymric|Cyprus|Devon Rex|Donskoy|Dragon Li|Egyptian Mau|European Shorthair|"
        "Exotic Shorthair|German Rex|Havana Brown|Highlander|Himalayan|Japanese Bobtail|"
        "Javanese|Korat|Kurilian Bobtail|LaPerm|Lykoi|Maine Coon|Manx|Munchkin|Nebelung|"
        "Norwegian Forest Cat|Ocicat|Oriental Shorthair|Persian|Peterbald|Pixie-bob|Ragamuffin|"
        "Ragdoll|Russian Blue|Savannah|Scottish Fold|Selkirk Rex|Serengeti|Siamese|Siberian|"
        "Singapura|Snowshoe|Sokoke|Somali|Sphynx|Thai|Tonkinese|Toyger|Turkish Angora|"
        "Turkish Van|York Chocolate"},
    FakerWords{"cat.registry",
               "American Cat Fanciers Association|Cat Fanciers' Association|Fédération "
               "Internationale Féline|The International Cat Association"},
    FakerWords{"space.planet", "Mercury|Venus|Earth|Mars|Jupiter|Saturn|Uranus|Neptune"},
    FakerWords{
        "space.moon",
        "Moon|Luna|Deimos|Phobos|Ganymede|Callisto|Io|Europa|Titan|Rhea|Iapetus|Dione|Tethys|"
        "Hyperion|Ariel|Puck|Oberon|Umbriel|Triton|Proteus|Enceladus|Mimas|Miranda|Titania|"
        "Nereid|Charon|Phoebe|Janus|Amalthea|Himalia"},
    FakerWords{"space.galaxy",
               "Milky Way|Andromeda|Triangulum|Whirlpool|Blackeye|Sunflower|Pinwheel|Hoags Object|"
               "Centaurus A|Messier 83|Sombrero|Cartwheel|Bode's Galaxy|Cigar|Sculptor|Large "
               "Magellanic Cloud|Small Magellanic Cloud|Tadpole|Fireworks|Needle"},
    FakerWords{"space.nebula",
               "Lagoon Nebula|Eagle Nebula|Triffid Nebula|Dumbell Nebula|Orion Nebula|Ring Nebula|"
               "Bodes Nebula|Owl Nebula|Crab Nebula|Horsehead Nebula|Helix Nebula|Veil Nebula|"
               "Carina Nebula|Rosette Nebula|Cat's Eye Nebula"},
    FakerWords{"space.starcluster",
               "Wild Duck|Hyades|Coma|Butterfly|Messier 7|Pleiades|Beehive Cluster|Pearl Cluster|"
               "Hodge 301|Jewel Box Cluster|Wishing Well Cluster|Diamond Cluster|Trumpler 10|"
               "Collinder 140|Liller 1|Koposov II|Koposov I|Djorgovski 1|Arp-Madore 1|NGC 6144|"
               "NGC 2808|NGC 1783|Messier 107|Messier 70|Omega Centauri|Palomar 12|Palomar 4|"
               "Palomar 6|Pyxis Cluster|Segue 3"},
    FakerWords{"space.constellation",
               "Andromeda|Aquarius|Aquila|Aries|Auriga|Boötes|Cancer|Canis Major|Canis Minor|"
               "Capricornus|Carina|Cassiopeia|Centaurus|Cepheus|Cetus|Columba|Corona Borealis|"
               "Corvus|Crux|Cygnus|Delphinus|Draco|Eridanus|Gemini|Grus|Hercules|Hydra|Leo|Lepus|"
               "Libra|Lupus|Lynx|Lyra|Monoceros|Ophiuchus|Orion|Pavo|Pegasus|Perseus|Phoenix|"
               "Pisces|Puppis|Sagitta|Sagittarius|Scorpius|Sculptor|Serpens|Taurus|Triangulum|"
               "Tucana|Ursa Major|Ursa Minor|Vela|Virgo|Vulpecula"},
    FakerWords{"space.star",
               "Sun|Proxima Centauri|Rigil Kentaurus|Barnard's Star|Wolf 359|Luyten 726-8A|Luyten "
               "726-8B|Sirius A|Sirius B|Ross 154|Ross 248|Procyon A|Procyon B|Vega|Rigel|Arcturus|"
               "Betelgeuse|Mahasim|Polaris|Aldebaran|Altair|Antares|Bellatrix|Canopus|Capella|"
               "Castor|Deneb|Denebola|Fomalhaut|Mimosa|Mira|Mizar|Pollux|Regulus|Spica|Tau Ceti|"
               "Epsilon Eridani|61 Cygni|Lalande 21185|Thuban|Achernar|Hadar|Algol|Alcor|Alphard"},
    FakerWords{
        "space.agency",
        "National Aeronautics and Space Administration|European Space Agency|German "
        "Aerospace Center|Indian Space Research Organization|China National Space "
        "Administration|UK Space Agency|Brazilian Space Agency|Mexican Space Agency|Israeli "
        "Space Agency|Italian Space Agency|Japan Aerospace Exploration Agency|National Space "
        "Agency of Ukraine|Iranian Space Agency|Canadian Space Agency|Roscosmos"},
    FakerWords{"space.agencyabbreviation",
               "NASA|AEM|AEB|UKSA|CSA|CNSA|ESA|DLR|ISRO|JAXA|ISA|ASI|NSAU|CNES|KARI"},
    FakerWords{"space.nasaspacecraft",
               "Orion|Mercury|Gemini|Apollo|Enterprise|Columbia|Challenger|Discovery|Atlantis|"
               "Endeavour"},
    FakerWords{"space.company",
               "Rocket Lab|SpaceX|Blue Origin|Virgin Galactic|SpaceDev|Bigelow Aerospace|Orbital "
               "Sciences|JPL|NASA Jet Propulsion Laboratory|Arianespace|Axiom Space|Firefly "
               "Aerospace|Relativity Space|Sierra Nevada Corporation|United Launch Alliance"},
    FakerWords{"space.distancemeasurement", "light years|AU|parsecs|kiloparsecs|megaparsecs"},
    FakerWords{"space.meteorite",
               "Aarhus|Abee|Adelie Land|Adhi Kot|Adzhi-Bogdo|Allende|Ambapur Nagla|Andura|Angers|"
               "Bjurböle|Campo del Cielo|Canyon Diablo|Cape York|Chelyabinsk|Ensisheim|Esquel|"
               "Gibeon|Hoba|Holsinger|Murchison|Nakhla|Orgueil|Peekskill|Shergotty|Sikhote-Alin|"
               "Tagish Lake|Willamette|Zagami"},
    FakerWords{"weather.description",
               "Blizzard|Blowing snow|Breezy|Broken clouds|Calm|Clear sky|Cold|Cool|Drifting "
               "snow|Drizzle|Dust|Dust storm|Few clouds|Fog|Freezing drizzle|Freezing rain|"
               "Frost|Gale|Haboob|Hail|Haze|Heavy drizzle|Heavy rain|Heavy snow|Hot|Humid|"
               "Hurricane|Ice pellets|Isolated showers|Light rain|Light snow|Mist|Mostly "
               "cloudy|Mostly sunny|Overcast clouds|Partly cloudy|Rain|Rain and snow|Rainbow|"
               "Sandstorm|Scattered clouds|Severe thunderstorm|Showers|Sleet|Smoke|Snow|Snow "
               "showers|Squall|Sunny|Thunder and hail|Thunderstorm|Tornado|Tropical storm|"
               "Warm|Windy"},
    FakerWords{"weather.temperaturecelsius", "#{number.numberbetween '-30','39'}°C"},
    FakerWords{"weather.temperaturefahrenheit", "#{number.numberbetween '-22','102'}°F"},
};

}  // namespace

std::span<const FakerWords> WordsOfNature() {
  return kNatureWords;
}

}  // namespace weir::connectors
