#include <array>

#include "runtime/connectors/faker/words.h"

namespace weir::connectors {
namespace {

constexpr std::array kTradeWords = {
    FakerWords{"company.suffix", "Inc|and Sons|LLC|Group"},
    FakerWords{"company.name",
               "#{name.lastname} #{company.suffix}|#{name.lastname}-#{name.lastname}|"
               "#{name.lastname}, #{name.lastname} and #{name.lastname}"},
    FakerWords{"company.industry",
               "Accounting|Airlines/Aviation|Alternative Medicine|Animation|Apparel & Fashion|"
               "Architecture & Planning|Automotive|Banking|Biotechnology|Broadcast Media|Building "
               "Materials|Chemicals|Civil Engineering|Computer Games|Computer Hardware|Computer "
               "Networking|Construction|Consumer Electronics|Cosmetics|Dairy|Defense & Space|"
               "Design|E-Learning|Education Management|Entertainment|Environmental Services|Events "
               "Services|Farming|Financial Services|Fishery|Food & Beverages|Furniture|Glass, "
               "Ceramics & Concrete|Health, Wellness and Fitness|Hospitality|Human Resources|"
               "Industrial Automation|Insurance|Internet|Investment Banking|Law Practice|Logistics "
               "and Supply Chain|Machinery|Maritime|Market Research|Mining & Metals|Museums and "
               "Institutions|Music|Nanotechnology|Oil & Energy|Packaging and Containers|Paper & "
               "Forest Products|Pharmaceuticals|Photography|Printing|Publishing|Railroad "
               "Manufacture|Real Estate|Renewables & Environment|Restaurants|Retail|Semiconductors|"
               "Shipbuilding|Sports|Telecommunications|Textiles|Tobacco|Utilities|Veterinary|"
               "Warehousing|Wine and Spirits|Wireless|Writing and Editing"},
    FakerWords{"company.profession",
               "accountant|actor|architect|astronomer|baker|barber|blacksmith|bricklayer|"
               "bus driver|butcher|carpenter|chef|cleaner|dentist|designer|doctor|electrician|"
               "engineer|farmer|firefighter|fisherman|florist|gardener|hairdresser|journalist|"
               "judge|lawyer|librarian|lifeguard|mechanic|model|nurse|optician|painter|pharmacist|"
               "photographer|pilot|plumber|politician|police officer|postman|real estate agent|"
               "receptionist|scientist|secretary|shop assistant|soldier|tailor|taxi driver|teacher|"
               "translator|travel agent|veterinary doctor|waiter|window cleaner|writer"},
    FakerWords{"company.buzzword",
               "Adaptive|Advanced|Automated|Balanced|Centralized|Cloned|Compatible|Configurable|"
               "Cross-platform|Customizable|Decentralized|Digitized|Distributed|Diverse|Enhanced|"
               "Ergonomic|Expanded|Extended|Face to face|Focused|Front-line|Function-based|"
               "Fundamental|Horizontal|Implemented|Innovative|Integrated|Intuitive|Inverse|"
               "Managed|Mandatory|Monitored|Multi-layered|Networked|Object-based|Open-source|"
               "Operative|Optimized|Optional|Organic|Persistent|Phased|Polarised|Proactive|"
               "Profound|Progressive|Quality-focused|Reactive|Realigned|Reduced|Reverse-engineered|"
               "Robust|Seamless|Secured|Sharable|Stand-alone|Streamlined|Switchable|Synchronised|"
               "Total|Universal|Upgradable|User-centric|Versatile|Virtual|Visionary"},
    FakerWords{"company.catchphrase",
               "#{company.buzzword} #{regexify '(analyzing|asymmetric|bandwidth-monitored|bi-"
               "directional|client-driven|content-based|context-sensitive|didactic|discrete|eco-"
               "centric|even-keeled|explicit|fault-tolerant|global|heuristic|high-level|holistic|"
               "hybrid|impactful|incremental|interactive|local|logistical|mobile|modular|needs-"
               "based|next generation|regional|responsive|scalable|systematic|tangible|uniform)'} "
               "#{regexify '(ability|access|adapter|alliance|analyzer|approach|archive|array|"
               "capability|capacity|challenge|circuit|collaboration|complexity|conglomeration|core|"
               "database|encoding|encryption|forecast|framework|frame|function|groupware|hardware|"
               "hierarchy|hub|implementation|infrastructure|initiative|interface|knowledge base|"
               "leverage|matrix|middleware|migration|model|monitoring|neural-net|open system|"
               "orchestration|paradigm|parallelism|policy|portal|product|project|protocol|"
               "solution|strategy|structure|superstructure|support|synergy|toolset|utilisation|"
               "workforce)'}"},
    FakerWords{"company.url", "www.#{internet.domainname}"},
    FakerWords{"commerce.department",
               "Automotive|Baby|Beauty|Books|Clothing|Computers|Electronics|Games|Garden|Grocery|"
               "Health|Home|Industrial|Jewelry|Kids|Movies|Music|Outdoors|Shoes|Sports|Tools|Toys"},
    FakerWords{"commerce.material",
               "Aluminum|Bronze|Concrete|Copper|Cotton|Granite|Iron|Leather|Linen|Marble|Paper|"
               "Plastic|Rubber|Silk|Steel|Wooden|Wool"},
    FakerWords{"commerce.productname",
               "#{regexify '(Aerodynamic|Awesome|Durable|Enormous|Ergonomic|Fantastic|Gorgeous|"
               "Heavy Duty|Incredible|Intelligent|Lightweight|Mediocre|Practical|Rustic|Sleek|"
               "Small|Synergistic)'} #{commerce.material} #{regexify '(Bag|Bench|Bottle|Car|Chair|"
               "Clock|Coat|Computer|Gloves|Hat|Keyboard|Knife|Lamp|Pants|Plate|Shirt|Shoes|Table|"
               "Wallet|Watch)'}"},
    FakerWords{"commerce.price", "#{regexify '([1-9]|[1-9][0-9])\\.[0-9]{2}'}"},
    FakerWords{"commerce.promotioncode",
               "#{regexify '(Amazing|Awesome|Cool|Good|Great|Incredible|Killer|Premium|Special|"
               "Stellar|Sweet)(Code|Deal|Discount|Price|Promo|Promotion|Sale|Savings)[0-9]{6}'}"},
    FakerWords{"commerce.brand",
               "Apple|Adidas|Ford|Gucci|IKEA|Lego|Nike|Panasonic|Philips|Puma|Samsung|Siemens|Sony|"
               "Toshiba|Xiaomi"},
    FakerWords{"commerce.vendor",
               "Best Buy|Carrefour|Costco|eBay|Kroger|Lidl|Target|Tesco|Walgreens|Walmart"},
    FakerWords{"currency.code",
               "AED|ARS|AUD|BDT|BGN|BOB|BRL|BWP|CAD|CHF|CLP|CNY|COP|CRC|CUP|CZK|DKK|DOP|DZD|EGP|"
               "ETB|EUR|GBP|GEL|GHS|GTQ|HKD|HNL|HUF|IDR|ILS|INR|IQD|IRR|ISK|JMD|JOD|JPY|KES|KRW|"
               "KWD|KZT|LBP|LKR|MAD|MDL|MNT|MUR|MXN|MYR|MZN|NAD|NGN|NOK|NPR|NZD|OMR|PEN|PHP|PKR|"
               "PLN|PYG|QAR|RON|RSD|RWF|SAR|SEK|SGD|THB|TND|TRY|TWD|TZS|UAH|UGX|USD|UYU|UZS|VND|"
               "ZAR|ZMW"},
    FakerWords{"currency.name",
               "Argentine Peso|Australian Dollar|Boliviano|Brazilian Real|Bulgarian Lev|Canadian "
               "Dollar|Chilean Peso|Yuan Renminbi|Colombian Peso|Costa Rican Colon|Cuban Peso|"
               "Czech Koruna|Danish Krone|Dominican Peso|Algerian Dinar|Egyptian Pound|Ethiopian "
               "Birr|Euro|Pound Sterling|Lari|Cedi|Quetzal|Hong Kong Dollar|Lempira|Forint|Rupiah|"
               "New Israeli Sheqel|Indian Rupee|Iraqi Dinar|Iranian Rial|Iceland Krona|Jamaican "
               "Dollar|Jordanian Dinar|Yen|Kenyan Shilling|Won|Kuwaiti Dinar|Tenge|Lebanese Pound|"
               "Sri Lanka Rupee|Moroccan Dirham|Moldovan Leu|Tugrik|Mauritius Rupee|Mexican Peso|"
               "Malaysian Ringgit|Metical|Namibia Dollar|Naira|Norwegian Krone|Nepalese Rupee|New "
               "Zealand Dollar|Rial Omani|Nuevo Sol|Philippine Peso|Pakistan Rupee|Zloty|Guarani|"
               "Qatari Rial|New Leu|Serbian Dinar|Rwanda Franc|Saudi Riyal|Swedish Krona|Singapore "
               "Dollar|Baht|Tunisian Dinar|Turkish Lira|New Taiwan Dollar|Tanzanian Shilling|"
               "Hryvnia|Uganda Shilling|US Dollar|Peso Uruguayo|Uzbekistan Sum|Dong|Rand"},
    FakerWords{"stock.nsdqsymbol",
               "AAPL|ABNB|ADBE|ADI|ADP|ADSK|AEP|AMAT|AMD|AMGN|AMZN|ASML|AVGO|BIIB|BKNG|CDNS|CHTR|"
               "CMCSA|COST|CPRT|CRWD|CSCO|CSX|CTAS|DDOG|DLTR|DXCM|EA|EBAY|EXC|FAST|FTNT|GILD|GOOG|"
               "GOOGL|HON|IDXX|INTC|INTU|ISRG|KDP|KHC|KLAC|LRCX|LULU|MAR|MCHP|MDLZ|MELI|META|MNST|"
               "MRNA|MRVL|MSFT|MU|NFLX|NVDA|NXPI|ODFL|ORLY|PANW|PAYX|PCAR|PDD|PEP|PYPL|QCOM|REGN|"
               "ROST|SBUX|SNPS|TEAM|TMUS|TSLA|TXN|VRSK|VRTX|WDAY|XEL|ZS"},
    FakerWords{"stock.nysesymbol",
               "A|AAP|ABBV|ABT|ACN|AIG|ALL|APD|AXP|BA|BAC|BBY|BDX|BK|BLK|BMY|BRK|C|CAT|CB|CCL|CI|"
               "CL|CLX|COF|COP|CRM|CVS|CVX|D|DAL|DE|DIS|DOW|DUK|EMR|ETN|F|FDX|GD|GE|GIS|GM|GS|HAL|"
               "HD|HUM|IBM|ICE|IP|JNJ|JPM|K|KO|KR|LLY|LMT|LOW|LUV|MA|MCD|MCK|MDT|MET|MMM|MO|MRK|MS|"
               "NEE|NKE|NOC|ORCL|OXY|PFE|PG|PGR|PLD|PM|PNC|RTX|SCHW|SHW|SLB|SO|SPG|SYK|T|TGT|TJX|"
               "UNH|UNP|UPS|USB|V|VZ|WFC|WMT|XOM"},
    FakerWords{"finance.creditcard",
               "#{regexify '4[0-9]{3}-[0-9]{4}-[0-9]{4}-[0-9]{4}'}|#{regexify "
               "'5[1-5][0-9]{2}-[0-9]{4}-[0-9]{4}-[0-9]{4}'}|#{regexify "
               "'3[47][0-9]{2}-[0-9]{6}-[0-9]{5}'}|#{regexify '6011-[0-9]{4}-[0-9]{4}-[0-9]{4}'}"},
    FakerWords{"finance.bic",
               "#{regexify '[A-Z]{4}(DE|FR|GB|US|ES|IT|NL|PL)[A-Z0-9]{2}([A-Z0-9]{3})?'}"},
    FakerWords{"finance.iban",
               "#{regexify 'DE[0-9]{20}'}|#{regexify 'FR[0-9]{12}[A-Z0-9]{11}[0-9]{2}'}|#{regexify "
               "'GB[0-9]{2}[A-Z]{4}[0-9]{14}'}|#{regexify 'NL[0-9]{2}[A-Z]{4}[0-9]{10}'}"},
    FakerWords{"business.creditcardnumber", "#{regexify '[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{4}'}"},
    FakerWords{"business.creditcardtype",
               "visa|mastercard|american_express|discover|diners_club|jcb"},
    FakerWords{"code.asin", "#{regexify 'B0[0-9A-Z]{8}'}"},
    FakerWords{"code.isbn10", "#{regexify '[0-9]{9}[0-9X]'}"},
    FakerWords{"code.isbn13", "#{regexify '97[89][0-9]{10}'}"},
    FakerWords{"code.ean8", "#{numerify '########'}"},
    FakerWords{"code.ean13", "#{numerify '#############'}"},
    FakerWords{"code.imei", "#{numerify '###############'}"},
    FakerWords{"food.ingredient",
               "Almonds|Anchovies|Apples|Artichoke|Asparagus|Avocado|Bacon|Balsamic Vinegar|"
               "Bananas|Basil|Bay Leaves|Beetroot|Black Pepper|Brown Rice|Butter|Capers|Cardamom|"
               "Carrot|Cashews|Cauliflower|Celery|Chickpeas|Chilli|Cinnamon|Coconut Milk|Coriander|"
               "Couscous|Cream|Cucumber|Cumin|Dates|Dill|Eggplant|Eggs|Fennel|Feta|Figs|Flour|"
               "Garlic|Ginger|Goat Cheese|Hazelnuts|Honey|Kale|Lamb|Leek|Lemon|Lentils|Lime|Mango|"
               "Maple Syrup|Milk|Mint|Mozzarella|Mushrooms|Mustard|Noodles|Nutmeg|Oats|Olive Oil|"
               "Onion|Oregano|Paprika|Parmesan|Parsley|Pasta|Peanuts|Peas|Pine Nuts|Potatoes|"
               "Pumpkin|Quinoa|Rosemary|Saffron|Salmon|Salt|Sesame Seeds|Soy Sauce|Spinach|Sugar|"
               "Tahini|Thyme|Tofu|Tomatoes|Tuna|Turmeric|Vanilla|Walnuts|Yoghurt|Zucchini"},
    FakerWords{"food.fruit",
               "Apples|Apricots|Bananas|Blackberries|Blood Oranges|Blueberries|Cantaloupe|"
               "Cherries|Clementines|Coconut|Cranberries|Currants|Dates|Dragonfruit|Durian|"
               "Elderberries|Feijoas|Figs|Goji Berry|Gooseberries|Grapefruit|Grapes|Guava|Honeydew "
               "Melon|Jackfruit|Kiwi Fruit|Kumquat|Lemon|Lime|Longan|Loquat|Lychees|Mandarins|"
               "Mango|Mangosteens|Mulberries|Nectarines|Olives|Oranges|Papaya|Passionfruit|Peaches|"
               "Pears|Persimmon|Pineapple|Plums|Pomegranate|Pomelo|Quince|Rambutan|Raspberries|"
               "Rhubarb|Rockmelon|Snowpeas|Star Fruit|Strawberries|Tamarillo|Tangelo|Watermelon"},
    FakerWords{"food.vegetable",
               "Artichoke|Asparagus|Beetroot|Bok Choy|Broad Beans|Broccoli|Brussels Sprouts|"
               "Butternut Pumpkin|Cabbage|Capsicum|Carrot|Cauliflower|Celeriac|Celery|Chicory|"
               "Chillies|Chives|Corn|Cucumber|Daikon|Eggplant|Endive|Fennel|Garlic|Green Beans|"
               "Horseradish|Jerusalem Artichoke|Kale|Kohlrabi|Leek|Lettuce|Mushrooms|Mustard "
               "Greens|Okra|Onion|Pak Choy|Parsnip|Peas|Peppers|Potato|Pumpkin|Radicchio|Radish|"
               "Rocket|Rutabaga|Salsify|Shallots|Silverbeet|Snow Peas|Sorrel|Spinach|Spring Onions|"
               "Squash|Swede|Sweet Potato|Tomato|Turnip|Wasabi|Watercress|Yam|Zucchini"},
    FakerWords{"food.vegetables", "#{food.vegetable}"},
    FakerWords{"food.spice",
               "Allspice|Aniseed|Asafoetida|Basil|Bay Leaves|Caraway|Cardamom|Cayenne|Celery Salt|"
               "Chervil|Chilli Flakes|Chilli Powder|Chives|Cinnamon|Cloves|Coriander|Cumin|Curry "
               "Leaves|Curry Powder|Dill|Fennel Seeds|Fenugreek|Galangal|Garam Masala|Garlic "
               "Powder|Ginger|Juniper Berries|Lavender|Lemongrass|Liquorice|Mace|Marjoram|Mint|"
               "Mustard Seeds|Nigella|Nutmeg|Onion Powder|Oregano|Paprika|Parsley|Pepper|Pink "
               "Peppercorns|Poppy Seeds|Ras-el-Hanout|Rosemary|Saffron|Sage|Sea Salt|Sesame Seeds|"
               "Smoked Paprika|Star Anise|Sumac|Szechuan Pepper|Tarragon|Thyme|Turmeric|Vanilla|"
               "Wasabi|Za'atar"},
    FakerWords{"food.dish",
               "Arepas|Barbecue Ribs|Beef Stroganoff|Bibimbap|Biryani|Bouillabaisse|Bruschetta|"
               "Bunny Chow|Burger|Burrito|Caesar Salad|Caprese Salad|Carbonara|Ceviche|Cheesecake|"
               "Chicken Tikka|Chili con Carne|Clam Chowder|Couscous Royale|Croque Monsieur|Dal|"
               "Dumplings|Falafel|Fish and Chips|Fondue|French Onion Soup|Fried Rice|Gazpacho|"
               "Gnocchi|Goulash|Gumbo|Hummus|Jambalaya|Kimchi Stew|Lasagne|Laksa|Massaman Curry|"
               "Meatballs|Moussaka|Nachos|Nasi Goreng|Omelette|Pad Thai|Paella|Pancakes|Peking "
               "Duck|Pho|Pierogi|Pizza|Poke|Polenta|Quesadilla|Quiche|Ramen|Ratatouille|Ravioli|"
               "Risotto|Sauerbraten|Schnitzel|Shakshuka|Shepherd's Pie|Souvlaki|Spring Rolls|Sushi|"
               "Tacos|Tagine|Tiramisu|Tortilla|Waffles|Wonton Soup"},
    FakerWords{
        "food.sushi",
        "Abalone|Bluefin Tuna|Clam|Eel|Fatty Tuna|Flounder|Halibut|Herring Roe|Mackerel|"
        "Octopus|Prawn|Salmon|Salmon Roe|Scallop|Sea Bream|Sea Urchin|Shrimp|Squid|Yellowtail"},
    FakerWords{
        "beer.style",
        "Amber Hybrid Beer|Belgian And French Ale|Belgian Strong Ale|Bock|Dark Lager|English "
        "Brown Ale|English Pale Ale|European Amber Lager|Fruit Beer|German Wheat And Rye "
        "Beer|India Pale Ale|Light Hybrid Beer|Light Lager|Merican Ale|Pilsner|Porter|"
        "Scottish And Irish Ale|Smoke-flavored|Sour Ale|Specialty Beer|Stout|Strong Ale|"
        "Vegetable Beer|Wood-aged Beer"},
    FakerWords{"beer.hop",
               "Admiral|Ahtanum|Amarillo|Bramling Cross|Cascade|Centennial|Challenger|Chinook|"
               "Citra|Cluster|Columbus|Crystal|East Kent Goldings|Equinox|Fuggle|Galaxy|"
               "Galena|Glacier|Hallertau|Hersbrucker|Horizon|Liberty|Magnum|Millennium|Mosaic|"
               "Motueka|Mount Hood|Nelson Sauvin|Northern Brewer|Nugget|Perle|Saaz|Simcoe|"
               "Sorachi Ace|Spalt|Sterling|Styrian Golding|Tettnang|Vanguard|Warrior|"
               "Willamette|Zeus"},
    FakerWords{"beer.malt",
               "Black malt|Caramel|Carapils|Chocolate|Munich|Pale|Roasted barley|Rye malt|"
               "Special roast|Victory|Vienna|Wheat malt"},
    FakerWords{"beer.name", "#{beer.hop} #{beer.style}"},
    FakerWords{"coffee.origin",
               "Bolivia|Brazil|Burundi|Cameroon|Colombia|Congo|Costa Rica|Cuba|Dominican "
               "Republic|Ecuador|El Salvador|Ethiopia|Guatemala|Haiti|Hawaii|Honduras|India|"
               "Indonesia|Jamaica|Java|Kenya|Laos|Malawi|Mexico|Nicaragua|Panama|Papua New "
               "Guinea|Peru|Rwanda|Sulawesi|Sumatra|Tanzania|Thailand|Timor|Uganda|Venezuela|"
               "Vietnam|Yemen|Zambia"},
    FakerWords{"coffee.variety",
               "Acaiá|Bourbon|Catimor|Catuai|Caturra|Geisha|Icatu|Java|Jember|Kent|Laurina|"
               "Maragogype|Mundo Novo|Pacamara|Pacas|S288|SL28|SL34|Sumatra|Typica|Villa "
               "Sarchi"},
    FakerWords{"coffee.notes",
               "almond|apricot|black cherry|blackberry|caramel|cedar|cinnamon|cocoa|dark "
               "chocolate|fig|grapefruit|hazelnut|honey|jasmine|lemon|lime|maple syrup|"
               "molasses|nougat|orange|peach|plum|raisin|red apple|rose|tobacco|vanilla|walnut"},
    FakerWords{"coffee.body",
               "big|coating|creamy|full|juicy|round|silky|slick|smooth|syrupy|tea-like|"
               "velvety|watery"},
    FakerWords{"coffee.intensifier",
               "balanced|bright|clean|complex|crisp|deep|delicate|dense|faint|lingering|mild|"
               "muted|soft|structured|tart|vibrant"},
    FakerWords{"vehicle.make",
               "Acura|Alfa Romeo|Aston Martin|Audi|Bentley|BMW|Bugatti|Buick|BYD|Cadillac|"
               "Chevrolet|Chrysler|Citroën|Cupra|Dacia|Dodge|Ferrari|Fiat|Ford|Genesis|GMC|Honda|"
               "Hyundai|Infiniti|Isuzu|Jaguar|Jeep|Kia|Koenigsegg|Lamborghini|Lancia|Land Rover|"
               "Lexus|Lincoln|Lotus|Lucid|Maserati|Mazda|McLaren|Mercedes-Benz|MG|Mini|Mitsubishi|"
               "Nio|Nissan|Opel|Peugeot|Polestar|Porsche|Ram|Renault|Rivian|Rolls-Royce|Saab|Seat|"
               "Škoda|Smart|Subaru|Suzuki|Tesla|Toyota|Volkswagen|Volvo"},
    FakerWords{"vehicle.manufacturer", "#{vehicle.make}"},
    FakerWords{"vehicle.color", "#{color.name}"},
    FakerWords{
        "vehicle.fueltype",
        "Compressed Natural Gas|Diesel|E-85/Gasoline|Electric|Gasoline|Gasoline Hybrid|Ethanol"},
    FakerWords{"vehicle.transmission", "Automanual|Automatic|CVT|Manual"},
    FakerWords{"vehicle.vin", "#{regexify '[A-HJ-NPR-Z0-9]{17}'}"},
    FakerWords{"vehicle.licenseplate", "#{regexify '[A-Z]{3}-[0-9]{4}'}"},
    FakerWords{"color.name",
               "amber|apricot|aquamarine|azure|beige|black|blue|bronze|brown|burgundy|"
               "charcoal|chocolate|copper|coral|cream|crimson|cyan|emerald|fuchsia|gold|green|"
               "grey|indigo|ivory|khaki|lavender|lemon|lime|magenta|maroon|mauve|mint green|"
               "mustard|navy|ochre|olive|orange|orchid|peach|pearl|pink|plum|purple|red|rose|"
               "ruby|rust|salmon|sand|scarlet|sepia|silver|sky blue|slate|tan|teal|turquoise|"
               "vermilion|violet|white|yellow"},
    FakerWords{"color.hex", "#{regexify '#[0-9A-F]{6}'}"},
    FakerWords{"book.genre",
               "Classic|Comic/Graphic Novel|Crime/Detective|Essay|Fable|Fairy tale|Fanfiction|"
               "Fantasy|Fiction narrative|Fiction in verse|Folklore|Historical fiction|Horror|"
               "Humor|Legend|Metafiction|Mystery|Mythology|Mythopoeia|Narrative nonfiction|"
               "Realistic fiction|Reference book|Science fiction|Short story|Speech|Suspense/"
               "Thriller|Tall tale|Textbook|Western"},
    FakerWords{
        "book.title",
        "A Farewell to Arms|A Passage to India|A Scanner Darkly|Absalom, Absalom!|All the "
        "King's Men|Alone on a Wide, Wide Sea|As I Lay Dying|Beneath the Bleeding|Beyond the "
        "Mexique Bay|Blithe Spirit|Brave New World|Butter In a Lordly Dish|Consider the "
        "Lilies|Cover Her Face|Dance Dance Dance|Death Be Not Proud|Dulce et Decorum Est|"
        "East of Eden|Everything is Illuminated|Fame Is the Spur|Far From the Madding Crowd|"
        "Fear and Trembling|For Whom the Bell Tolls|Frequent Hearses|From Here to Eternity|"
        "Gone with the Wind|Great Work of Time|His Dark Materials|I Know Why the Caged Bird "
        "Sings|I Sing the Body Electric|In Death Ground|In Dubious Battle|Infinite Jest|"
        "Jesting Pilate|Let Us Now Praise Famous Men|Little Hands Clapping|Lilies of the "
        "Field|Mother Night|Moab Is My Washpot|Mr Standfast|Nectar in a Sieve|No Country for "
        "Old Men|No Highway|Now Sleeps the Crimson Petal|O Pioneers!|Of Human Bondage|Of "
        "Mice and Men|Paths of Glory|Precious Bane|Recalled to Life|Rosemary Sutcliff|"
        "Shall not Perish|Some Buried Caesar|Surprised by Joy|Tender Is the Night|The Golden "
        "Apples of the Sun|The Grapes of Wrath|The Last Enemy|The Moving Finger|The Waste "
        "Land|Things Fall Apart|Time of our Darkness|To Sail Beyond the Sunset|Vile Bodies|"
        "Waiting for the Barbarians|Wildfire at Midnight"},
    FakerWords{"book.author", "#{name.firstname} #{name.lastname}"},
    FakerWords{"book.publisher",
               "Academic Press|Ace Books|Allen & Unwin|Ballantine Books|Bloomsbury|Cambridge "
               "University Press|Cengage Learning|Charles Scribner's Sons|D. C. Heath|DAW Books|"
               "Del Rey Books|Dover Publications|Elsevier|Faber and Faber|G. P. Putnam's Sons|"
               "Grove Press|HarperCollins|Haynes|Houghton Mifflin|John Murray|Macmillan|McGraw-"
               "Hill|MIT Press|New Directions|O'Reilly Media|Orbit Books|Oxford University Press|"
               "Pan Books|Penguin Books|Princeton University Press|Puffin Books|Random House|"
               "Routledge|Schocken Books|Simon & Schuster|Springer|St. Martin's Press|Tor Books|"
               "Viking Press|W. W. Norton|Wiley|Yale University Press"},
    FakerWords{"music.genre",
               "Acid Jazz|Afrobeat|Ambient|Bluegrass|Blues|Bossa Nova|Britpop|Classical|Country|"
               "Cumbia|Dancehall|Disco|Drum and Bass|Dub|Electronic|Flamenco|Folk|Funk|Gospel|"
               "Grime|Hip Hop|House|Indie Pop|Jazz|K-Pop|Klezmer|Latin|Metal|Motown|Opera|Polka|"
               "Pop|Post-Rock|Punk|Ragtime|Rap|Reggae|Rock|Salsa|Samba|Ska|Soul|Swing|Tango|Techno|"
               "Trance|Trip Hop|Waltz|World"},
    FakerWords{"music.instrument",
               "Accordion|Bagpipes|Banjo|Bass Guitar|Bassoon|Cello|Clarinet|Cornet|Cymbals|Djembe|"
               "Double Bass|Drums|Dulcimer|Electric Guitar|English Horn|Euphonium|Fiddle|Flute|"
               "French Horn|Glockenspiel|Guitar|Harmonica|Harp|Harpsichord|Kalimba|Lute|Lyre|"
               "Mandolin|Maracas|Marimba|Oboe|Ocarina|Organ|Oud|Pan Flute|Piano|Piccolo|Recorder|"
               "Saxophone|Sitar|Snare Drum|Synthesizer|Tabla|Tambourine|Timpani|Triangle|Trombone|"
               "Trumpet|Tuba|Ukulele|Vibraphone|Viola|Violin|Xylophone|Zither"},
    FakerWords{"university.name",
               "University of #{address.state}|#{address.state} State University|"
               "#{name.lastname} College|#{address.cityprefix} #{name.lastname} University"},
    FakerWords{"team.name", "#{address.state} #{team.creature}"},
    FakerWords{
        "team.creature",
        "ants|bats|bears|bees|birds|buffalo|cats|chickens|cattle|dogs|dolphins|ducks|"
        "elephants|enchanters|exorcists|fishes|foxes|frogs|geese|gnomes|goats|goblins|"
        "griffins|horses|kangaroos|lions|lycanthropes|monkeys|ogres|oracles|otters|oxen|"
        "owls|people|penguins|pigs|prophets|rabbits|sheep|sorcerers|spirits|swans|tigers|"
        "toads|turtles|unicorns|vampires|warlocks|werewolves|whales|witches|wolves|wolverines"},
    FakerWords{"team.sport", "baseball|basketball|football|hockey|rugby|lacrosse|soccer"},
    FakerWords{"medical.symptoms",
               "Abdominal pain|Anxiety|Back pain|Blurred vision|Breathlessness|Chest pain|Chills|"
               "Confusion|Constipation|Cough|Cramps|Diarrhea|Dizziness|Dry mouth|Earache|Eye "
               "discomfort|Facial swelling|Fatigue|Fever|Foot pain|Headache|Heartburn|Hip pain|"
               "Hoarseness|Insomnia|Itching|Joint pain|Knee pain|Leg swelling|Loss of appetite|"
               "Low back pain|Muscle weakness|Nasal congestion|Nausea|Neck pain|Numbness|"
               "Palpitations|Rash|Red eye|Runny nose|Shivering|Shortness of breath|Shoulder pain|"
               "Skin rashes|Sneezing|Sore throat|Stomach ache|Sweating|Swollen glands|Tingling|"
               "Tremor|Vertigo|Vomiting|Weakness|Weight loss|Wheezing"},
};

}  // namespace

std::span<const FakerWords> WordsOfTrade() {
  return kTradeWords;
}

}  // namespace weir::connectors
