#include <array>

#include "runtime/connectors/faker/words.h"

namespace weir::connectors {
namespace {

constexpr std::array kPlacesWords = {
    FakerWords{"address.cityprefix", "North|East|West|South|New|Lake|Port"},
    FakerWords{"address.citysuffix",
               "town|ton|land|ville|berg|burgh|borough|bury|view|port|mouth|stad|furt|chester|"
               "fort|haven|side|shire"},
    FakerWords{"address.city",
               "#{address.cityprefix} #{name.firstname}#{address.citysuffix}|"
               "#{address.cityprefix} #{name.firstname}|#{name.firstname}#{address.citysuffix}|"
               "#{name.lastname}#{address.citysuffix}"},
    FakerWords{"address.cityname", "#{address.city}"},
    FakerWords{
        "address.streetsuffix",
        "Alley|Avenue|Bridge|Brook|Center|Circle|Court|Creek|Crossing|Drive|Field|Forest|"
        "Garden|Gateway|Glen|Grove|Harbor|Heights|Highway|Hill|Island|Junction|Lake|Lane|"
        "Meadow|Mill|Mission|Mount|Orchard|Park|Path|Pine|Place|Plaza|Point|Ridge|River|"
        "Road|Square|Station|Street|Summit|Terrace|Trail|Valley|View|Village|Walk|Way|Wells"},
    FakerWords{"address.streetname",
               "#{name.firstname} #{address.streetsuffix}|#{name.lastname} "
               "#{address.streetsuffix}"},
    FakerWords{"address.streetaddressnumber",
               "#{regexify '[1-9][0-9]{2}'}|#{regexify '[1-9][0-9]{3}'}|#{regexify "
               "'[1-9][0-9]{4}'}"},
    FakerWords{"address.buildingnumber", "#{address.streetaddressnumber}"},
    FakerWords{"address.secondaryaddress", "Apt. #{numerify '###'}|Suite #{numerify '###'}"},
    FakerWords{"address.streetaddress", "#{address.streetaddressnumber} #{address.streetname}"},
    FakerWords{"address.zipcode", "#{numerify '#####'}|#{numerify '#####-####'}"},
    FakerWords{"address.postcode", "#{address.zipcode}"},
    FakerWords{"address.state",
               "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|"
               "Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|"
               "Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|"
               "Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|"
               "Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|"
               "Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming"},
    FakerWords{"address.stateabbr",
               "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|"
               "NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY"},
    FakerWords{"address.fulladdress",
               "#{address.streetaddress}, #{address.city}, #{address.stateabbr} "
               "#{numerify '#####'}|#{address.secondaryaddress} #{address.streetaddress}, "
               "#{address.city}, #{address.stateabbr} #{numerify '#####'}"},
    FakerWords{"address.latitude", "#{number.randomdouble '6','-90','90'}"},
    FakerWords{"address.longitude", "#{number.randomdouble '6','-180','180'}"},
    FakerWords{"address.timezone",
               "Africa/Cairo|Africa/Johannesburg|Africa/Lagos|Africa/Nairobi|America/Anchorage|"
               "America/Argentina/Buenos_Aires|America/Bogota|America/Chicago|America/Denver|"
               "America/Halifax|America/Lima|America/Los_Angeles|America/Mexico_City|"
               "America/New_York|America/Sao_Paulo|Asia/Baku|Asia/Bangkok|Asia/Dhaka|Asia/Dubai|"
               "Asia/Hong_Kong|Asia/Jakarta|Asia/Karachi|Asia/Kathmandu|Asia/Kolkata|Asia/Manila|"
               "Asia/Riyadh|Asia/Seoul|Asia/Shanghai|Asia/Singapore|Asia/Tashkent|Asia/Tehran|"
               "Asia/Tokyo|Atlantic/Azores|Atlantic/Reykjavik|Australia/Adelaide|"
               "Australia/Brisbane|Australia/Perth|Australia/Sydney|Europe/Amsterdam|Europe/Athens|"
               "Europe/Berlin|Europe/Brussels|Europe/Helsinki|Europe/Istanbul|Europe/Kyiv|"
               "Europe/Lisbon|Europe/London|Europe/Madrid|Europe/Paris|Europe/Rome|"
               "Europe/Stockholm|Europe/Vienna|Europe/Warsaw|Pacific/Auckland|Pacific/Fiji|"
               "Pacific/Honolulu"},
    FakerWords{"address.country",
               "Albania|Algeria|Argentina|Armenia|Australia|Austria|Bangladesh|Belgium|Bolivia|"
               "Botswana|Brazil|Bulgaria|Cambodia|Cameroon|Canada|Chile|China|Colombia|Croatia|"
               "Cuba|Cyprus|Czechia|Denmark|Ecuador|Egypt|Estonia|Ethiopia|Finland|France|Georgia|"
               "Germany|Ghana|Greece|Guatemala|Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland|"
               "Israel|Italy|Jamaica|Japan|Jordan|Kazakhstan|Kenya|Latvia|Lebanon|Lithuania|"
               "Luxembourg|Madagascar|Malaysia|Mali|Malta|Mexico|Moldova|Mongolia|Morocco|"
               "Mozambique|Namibia|Nepal|Netherlands|New Zealand|Nigeria|Norway|Pakistan|Panama|"
               "Paraguay|Peru|Philippines|Poland|Portugal|Qatar|Romania|Rwanda|Senegal|Serbia|"
               "Singapore|Slovakia|Slovenia|South Africa|South Korea|Spain|Sri Lanka|Sweden|"
               "Switzerland|Tanzania|Thailand|Tunisia|Turkey|Uganda|Ukraine|United Kingdom|"
               "United States of America|Uruguay|Uzbekistan|Vietnam|Zambia|Zimbabwe"},
    FakerWords{"address.countrycode",
               "AE|AL|AR|AT|AU|BD|BE|BG|BO|BR|BW|CA|CH|CL|CN|CO|CU|CY|CZ|DE|DK|DZ|EC|EE|EG|ES|ET|"
               "FI|FR|GB|GE|GH|GR|GT|HR|HU|ID|IE|IL|IN|IQ|IR|IS|IT|JM|JO|JP|KE|KH|KR|KZ|LB|LK|LT|"
               "LU|LV|MA|MD|MG|ML|MN|MT|MX|MY|MZ|NA|NG|NL|NO|NP|NZ|PA|PE|PH|PK|PL|PT|PY|QA|RO|RS|"
               "RW|SE|SG|SI|SK|SN|TH|TN|TR|TZ|UA|UG|US|UY|UZ|VN|ZA|ZM|ZW"},
    FakerWords{"country.name", "#{address.country}"},
    FakerWords{"country.countrycode2", "#{address.countrycode}"},
    FakerWords{"country.capital",
               "Accra|Addis Ababa|Algiers|Amsterdam|Ankara|Asunción|Athens|Baghdad|Baku|Bangkok|"
               "Beijing|Beirut|Belgrade|Berlin|Bern|Bogotá|Brasília|Bratislava|Brussels|Bucharest|"
               "Budapest|Buenos Aires|Cairo|Canberra|Caracas|Copenhagen|Dakar|Dhaka|Doha|Dublin|"
               "Hanoi|Havana|Helsinki|Islamabad|Jakarta|Jerusalem|Kathmandu|Kigali|Kingston|Kyiv|"
               "Lima|Lisbon|Ljubljana|London|Lusaka|Luxembourg|Madrid|Manila|Maputo|Mexico City|"
               "Montevideo|Nairobi|New Delhi|Nicosia|Oslo|Ottawa|Panama City|Paris|Prague|Pretoria|"
               "Quito|Rabat|Reykjavík|Riga|Riyadh|Rome|San José|Santiago|Sarajevo|Seoul|Singapore|"
               "Skopje|Sofia|Stockholm|Tallinn|Tashkent|Tbilisi|Tehran|Tirana|Tokyo|Tunis|"
               "Ulaanbaatar|Valletta|Vienna|Vilnius|Warsaw|Washington, D.C.|Wellington|Windhoek|"
               "Yerevan|Zagreb"},
    FakerWords{"country.currency", "#{currency.name}"},
    FakerWords{"country.currencycode", "#{currency.code}"},
    FakerWords{"nation.capitalcity", "#{country.capital}"},
    FakerWords{"nation.nationality",
               "Albanians|Argentines|Australians|Austrians|Belgians|Brazilians|Bulgarians|"
               "Canadians|Chileans|Chinese|Colombians|Croats|Cubans|Czechs|Danes|Dutch|Egyptians|"
               "Estonians|Ethiopians|Finns|French|Georgians|Germans|Ghanaians|Greeks|Hungarians|"
               "Icelanders|Indians|Indonesians|Irish|Israelis|Italians|Jamaicans|Japanese|Kenyans|"
               "Latvians|Lebanese|Lithuanians|Malaysians|Mexicans|Mongolians|Moroccans|Nepalis|"
               "Nigerians|Norwegians|Pakistanis|Peruvians|Poles|Portuguese|Romanians|Scots|Serbs|"
               "Slovaks|Slovenes|Spaniards|Swedes|Swiss|Thais|Turks|Ukrainians|Vietnamese|Welsh"},
    FakerWords{"nation.language",
               "Albanian|Amharic|Arabic|Armenian|Basque|Bengali|Bulgarian|Burmese|Catalan|Chinese|"
               "Croatian|Czech|Danish|Dutch|English|Estonian|Finnish|French|Georgian|German|Greek|"
               "Gujarati|Hausa|Hebrew|Hindi|Hungarian|Icelandic|Igbo|Indonesian|Irish|Italian|"
               "Japanese|Javanese|Kannada|Kazakh|Khmer|Korean|Latvian|Lithuanian|Malay|Maltese|"
               "Marathi|Mongolian|Nepali|Norwegian|Pashto|Persian|Polish|Portuguese|Punjabi|"
               "Romanian|Russian|Serbian|Sinhala|Slovak|Slovene|Somali|Spanish|Swahili|Swedish|"
               "Tagalog|Tamil|Telugu|Thai|Turkish|Ukrainian|Urdu|Uzbek|Vietnamese|Welsh|Yoruba|"
               "Zulu"},
    FakerWords{"aviation.airport",
               "AMS|ARN|ATH|ATL|BCN|BKK|BOM|BOS|BRU|CAI|CDG|CGK|CPH|CPT|DEL|DEN|DFW|DOH|DUB|DXB|"
               "EWR|EZE|FCO|FRA|GRU|GVA|HEL|HKG|HND|IAH|ICN|IST|JFK|JNB|KUL|LAS|LAX|LGW|LHR|LIM|"
               "LIS|MAD|MAN|MEL|MEX|MIA|MUC|MXP|NBO|NRT|ORD|OSL|OTP|PEK|PRG|SCL|SEA|SFO|SIN|SYD|"
               "TLV|TPE|VIE|WAW|YVR|YYZ|ZRH"},
    FakerWords{
        "aviation.aircraft",
        "A220-300|A300|A310|A318|A319|A320|A320neo|A321|A321neo|A330-200|A330-300|A330-900|"
        "A340-300|A350-900|A350-1000|A380|An-24|An-124|ATR 42|ATR 72|B707|B717|B727|B737-700|"
        "B737-800|B737 MAX 8|B747-400|B747-8|B757-200|B767-300|B777-200|B777-300ER|B787-8|"
        "B787-9|B787-10|BAe 146|C-130|CRJ-200|CRJ-700|CRJ-900|Concorde|DC-3|DC-8|DC-9|DC-10|"
        "Dash 8|E170|E175|E190|E195|Fokker 50|Fokker 70|Fokker 100|Il-62|Il-76|Il-96|L-1011|"
        "MD-11|MD-80|PC-12|Saab 340|Tu-154|Tu-204"},
    FakerWords{
        "aviation.airline",
        "Aegean Airlines|Aer Lingus|Aeroméxico|Air Canada|Air China|Air France|Air India|"
        "Air New Zealand|Alaska Airlines|All Nippon Airways|American Airlines|Austrian "
        "Airlines|Avianca|British Airways|Cathay Pacific|China Airlines|Copa Airlines|Delta "
        "Air Lines|easyJet|EgyptAir|El Al|Emirates|Ethiopian Airlines|Etihad Airways|EVA "
        "Air|Finnair|Garuda Indonesia|Gulf Air|Hawaiian Airlines|Iberia|Icelandair|IndiGo|"
        "Japan Airlines|JetBlue|Kenya Airways|KLM|Korean Air|LATAM|LOT Polish Airlines|"
        "Lufthansa|Malaysia Airlines|Oman Air|Philippine Airlines|Qantas|Qatar Airways|Royal "
        "Air Maroc|Ryanair|SAS|Saudia|Singapore Airlines|South African Airways|Southwest "
        "Airlines|Swiss|TAP Air Portugal|TAROM|Thai Airways|Turkish Airlines|United "
        "Airlines|Vietnam Airlines|Virgin Atlantic|Vueling|WestJet|Wizz Air"},
};

}  // namespace

std::span<const FakerWords> WordsOfPlaces() {
  return kPlacesWords;
}

}  // namespace weir::connectors
