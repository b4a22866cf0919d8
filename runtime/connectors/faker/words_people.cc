#include <array>

#include "runtime/connectors/faker/words.h"

namespace weir::connectors {
namespace {

constexpr std::array kPeopleWords = {
    FakerWords{"name.femalefirstname",
               "Abigail|Ada|Alice|Amelia|Anna|Aurora|Bella|Camila|Caroline|Charlotte|Chloe|Clara|"
               "Daisy|Eleanor|Elena|Eliza|Ella|Emily|Emma|Eva|Evelyn|Fiona|Gabriela|Grace|Hannah|"
               "Harper|Hazel|Helen|Ida|Irene|Iris|Isabella|Ivy|Jane|Julia|Layla|Leah|Lena|Lily|"
               "Louisa|Lucy|Luna|Mabel|Maria|Maya|Mia|Naomi|Nina|Nora|Olivia|Paula|Penelope|Rosa|"
               "Ruby|Sarah|Sofia|Stella|Valentina|Victoria|Violet|Willow|Zoe"},
    FakerWords{"name.malefirstname",
               "Aaron|Adam|Albert|Alexander|Andrew|Anthony|Arthur|Benjamin|Caleb|Carl|Charles|"
               "Christopher|Daniel|David|Dominic|Dylan|Edward|Eli|Elias|Ethan|Felix|Finn|Gabriel|"
               "George|Henry|Hugo|Isaac|Jack|Jacob|James|Jasper|John|Jonathan|Joseph|Joshua|Julian|"
               "Leo|Levi|Liam|Logan|Lucas|Luke|Marcus|Mason|Mateo|Matthew|Max|Michael|Nathan|Noah|"
               "Oliver|Oscar|Otto|Owen|Peter|Philip|Robert|Samuel|Simon|Theodore|Thomas|Victor|"
               "William|Wyatt"},
    FakerWords{"name.firstname", "#{name.femalefirstname}|#{name.malefirstname}"},
    FakerWords{"name.lastname",
               "Adams|Allen|Anderson|Bailey|Baker|Barnes|Bauer|Becker|Bell|Bennett|Brooks|Brown|"
               "Campbell|Carter|Chen|Clark|Collins|Cooper|Cox|Davis|Diaz|Edwards|Evans|Fisher|"
               "Foster|Garcia|Gomez|Gonzalez|Gray|Green|Hall|Harris|Hartmann|Hernandez|Hill|Howard|"
               "Hughes|Jackson|James|Jenkins|Johnson|Jones|Kelly|Kim|King|Klein|Lee|Lewis|Lopez|"
               "Martin|Martinez|Meyer|Miller|Mitchell|Moore|Morgan|Morris|Murphy|Nelson|Nguyen|"
               "Nowak|Ortiz|Parker|Patel|Perez|Peterson|Phillips|Powell|Price|Ramirez|Reed|Reyes|"
               "Richardson|Rivera|Roberts|Robinson|Rodriguez|Rogers|Ross|Rossi|Russell|Sanchez|"
               "Sanders|Schmidt|Scott|Smith|Stewart|Sullivan|Taylor|Thomas|Thompson|Torres|Turner|"
               "Walker|Ward|Watson|White|Williams|Wilson|Wood|Wright|Young"},
    FakerWords{"name.prefix", "Mr.|Mrs.|Ms.|Miss|Dr."},
    FakerWords{"name.suffix", "Jr.|Sr.|I|II|III|IV|V|MD|DDS|PhD|DVM"},
    FakerWords{"name.fullname",
               "#{name.firstname} #{name.lastname}|#{name.firstname} #{name.lastname}|"
               "#{name.firstname} #{name.lastname}|#{name.prefix} #{name.firstname} "
               "#{name.lastname}|#{name.firstname} #{name.lastname} #{name.suffix}"},
    FakerWords{"name.name", "#{name.fullname}"},
    FakerWords{"name.namewithmiddle", "#{name.firstname} #{name.firstname} #{name.lastname}"},
    FakerWords{"name.title", "#{job.title}"},
    FakerWords{"name.username", "#{internet.username}"},
    FakerWords{"funnyname.name",
               "Al Dente|Al Fresco|Anita Bath|Anna Graham|Art Major|Barb Dwyer|Barry Cade|"
               "Bea Minor|Bill Board|Bill Ding|Brandon Irons|Brook Lynn|Candy Barr|"
               "Carrie Oakey|Chris P. Bacon|Cliff Hanger|Dee Sember|Di Lemma|Don Key|Doug Graves|"
               "Dusty Rhodes|Earl E. Bird|Ella Vader|Ellie Phant|Eve Hill|Faye Tality|Frank Furter|"
               "Gene Poole|Hazel Nutt|Holly Wood|Ida Down|Jack Pott|Jay Walker|Jim Nasium|"
               "Justin Case|Justin Time|Kay Oss|Lee King|Lou Natic|Lynn Guini|Marsha Mellow|"
               "Matt Finish|Mona Lott|Neil Down|Olive Branch|Paige Turner|Pat Pending|Pearl E. "
               "Gates|Penny Wise|Phil Harmonic|Polly Ester|Ray Gunn|Rick O'Shea|Robin Banks|"
               "Rusty Nail|Sandy Beach|Stan Dupp|Sue Flay|Terry Cloth|Wanda Rinn|Will Power"},
    FakerWords{"job.field",
               "Accounting|Administration|Advertising|Agriculture|Banking|Construction|Consulting|"
               "Design|Education|Engineering|Farming|Government|Healthcare|Hospitality|IT|Legal|"
               "Manufacturing|Marketing|Mining|Real-Estate|Retail|Sales|Technology"},
    FakerWords{"job.seniority",
               "Lead|Senior|Direct|Corporate|Dynamic|Future|Product|National|Regional|District|"
               "Central|Global|Customer|Investor|International|Legacy|Forward|Internal|Human|"
               "Chief|Principal"},
    FakerWords{"job.position",
               "Supervisor|Associate|Executive|Liaison|Officer|Manager|Engineer|Specialist|"
               "Director|Coordinator|Administrator|Architect|Analyst|Designer|Planner|"
               "Orchestrator|Technician|Developer|Producer|Consultant|Assistant|Facilitator|Agent|"
               "Representative|Strategist"},
    FakerWords{"job.keyskills",
               "Teamwork|Communication|Problem solving|Leadership|Organisation|Work under "
               "pressure|Confidence|Self-motivated|Networking skills|Proactive|Fast learner|"
               "Technical savvy"},
    FakerWords{"job.title",
               "#{job.seniority} #{job.field} #{job.position}|#{job.field} #{job.position}|"
               "#{job.seniority} #{job.position}"},
    FakerWords{"gender.types",
               "Agender|Androgyne|Bigender|Cis female|Cis male|Demiboy|Demigirl|Female|Gender "
               "nonconforming|Gender questioning|Genderfluid|Genderqueer|Intersex|Male|"
               "Neutrois|Non-binary|Omnigender|Pangender|Polygender|Trans female|Trans male|"
               "Two-spirit"},
    FakerWords{"gender.binarytypes", "Female|Male"},
    FakerWords{"gender.shortbinarytypes", "f|m"},
    FakerWords{"demographic.sex", "Male|Female"},
    FakerWords{"demographic.maritalstatus", "Married|Widowed|Divorced|Separated|Never married"},
    FakerWords{"demographic.educationalattainment",
               "No schooling completed|Primary school|Secondary school|High school diploma|Trade "
               "school|Associate degree|Bachelor's degree|Master's degree|Professional degree|"
               "Doctorate degree"},
    FakerWords{"demographic.race",
               "American Indian or Alaska Native|Asian|Black or African American|Native "
               "Hawaiian or Other Pacific Islander|White"},
    FakerWords{"demographic.demonym",
               "Afghan|Albanian|Algerian|American|Argentine|Armenian|Australian|Austrian|"
               "Bangladeshi|Belgian|Bolivian|Brazilian|British|Bulgarian|Cambodian|"
               "Cameroonian|Canadian|Chilean|Chinese|Colombian|Croatian|Cuban|Czech|Danish|"
               "Dutch|Ecuadorian|Egyptian|Estonian|Ethiopian|Filipino|Finnish|French|Georgian|"
               "German|Ghanaian|Greek|Hungarian|Icelandic|Indian|Indonesian|Irish|Israeli|"
               "Italian|Jamaican|Japanese|Kenyan|Korean|Latvian|Lithuanian|Mexican|Moroccan|"
               "Nepali|Nigerian|Norwegian|Pakistani|Peruvian|Polish|Portuguese|Romanian|"
               "Senegalese|Serbian|Slovak|Spanish|Swedish|Swiss|Thai|Turkish|Ukrainian|"
               "Uruguayan|Venezuelan|Vietnamese|Welsh"},
    FakerWords{"relationship.any",
               "Mother|Father|Sister|Brother|Wife|Husband|Partner|Son|Daughter|Aunt|Uncle|"
               "Niece|Nephew|Cousin|Grandmother|Grandfather|Mother-in-law|Father-in-law|"
               "#{relationship.direct}|#{relationship.extended}|#{relationship.inlaw}"},
    FakerWords{"relationship.direct",
               "Mother|Father|Sister|Brother|Son|Daughter|Twin sister|Twin brother|Stepmother|"
               "Stepfather|Stepsister|Stepbrother|Stepson|Stepdaughter|Half-sister|"
               "Half-brother"},
    FakerWords{"relationship.extended",
               "Aunt|Uncle|Great-aunt|Great-uncle|Niece|Nephew|Great-niece|Great-nephew|"
               "Cousin|Second cousin|Grandmother|Grandfather|Granddaughter|Grandson|"
               "Great-grandmother|Great-grandfather|Godmother|Godfather|Goddaughter|Godson"},
    FakerWords{"relationship.inlaw",
               "Mother-in-law|Father-in-law|Sister-in-law|Brother-in-law|Son-in-law|"
               "Daughter-in-law"},
    FakerWords{"relationship.spouse", "Wife|Husband|Partner"},
    FakerWords{"relationship.parent", "Mother|Father"},
    FakerWords{"relationship.sibling", "Sister|Brother"},
    FakerWords{"phonenumber.phonenumber",
               "#{numerify '###-###-####'}|#{numerify '(###) ###-####'}|#{numerify "
               "'1-###-###-####'}|#{numerify '###.###.####'}|#{numerify '###-###-#### x####'}"},
    FakerWords{"phonenumber.cellphone",
               "#{numerify '###-###-####'}|#{numerify '(###) ###-####'}|#{numerify "
               "'1-###-###-####'}|#{numerify '###.###.####'}"},
    FakerWords{"phonenumber.extension", "#{numerify '###'}|#{numerify '####'}"},
    FakerWords{"idnumber.valid", "#{regexify '[1-8][0-9]{2}-[1-9][0-9]-[1-9][0-9]{3}'}"},
    FakerWords{"idnumber.ssnvalid", "#{idnumber.valid}"},
    FakerWords{"lorem.word",
               "alias|aliquam|amet|animi|architecto|aspernatur|aut|autem|beatae|blanditiis|commodi|"
               "consectetur|consequatur|corporis|culpa|cumque|debitis|delectus|deleniti|dicta|"
               "dignissimos|distinctio|dolor|dolorem|doloribus|ducimus|eaque|earum|eius|eligendi|"
               "enim|eos|error|est|et|eum|eveniet|ex|excepturi|exercitationem|expedita|explicabo|"
               "facere|facilis|fuga|fugiat|harum|hic|id|illo|illum|impedit|in|incidunt|inventore|"
               "ipsa|ipsum|iste|itaque|iure|labore|laborum|libero|magnam|magni|maiores|maxime|"
               "minima|minus|modi|molestiae|mollitia|nam|natus|nemo|nihil|nisi|nobis|non|nostrum|"
               "nulla|numquam|odio|officia|omnis|optio|pariatur|perferendis|placeat|porro|"
               "possimus|praesentium|quae|quam|quas|quia|quis|quod|quos|ratione|recusandae|rem|"
               "repellat|rerum|saepe|sapiente|sed|sequi|sint|sit|soluta|sunt|suscipit|tempora|"
               "tenetur|totam|ullam|unde|ut|vel|velit|veniam|vero|vitae|voluptas|voluptatem"},
    // What a sentence begins with.
    FakerWords{"lorem.opening",
               "Alias|Aliquam|Amet|Animi|Architecto|Aspernatur|Aut|Autem|Beatae|Blanditiis|"
               "Commodi|Consectetur|Consequatur|Corporis|Culpa|Cumque|Debitis|Delectus|"
               "Deleniti|Dicta|Dignissimos|Distinctio|Dolor|Dolorem|Doloribus|Ducimus|Eaque|"
               "Earum|Eius|Eligendi|Enim|Eos|Error|Est|Et|Eum|Eveniet|Ex|Excepturi|"
               "Exercitationem|Expedita|Explicabo|Facere|Facilis|Fuga|Fugiat|Harum|Hic|Id|"
               "Illo|Illum|Impedit|In|Incidunt|Inventore|Ipsa|Ipsum|Iste|Itaque|Iure|Labore|"
               "Laborum|Libero|Magnam|Magni|Maiores|Maxime|Minima|Minus|Modi|Molestiae|"
               "Mollitia|Nam|Natus|Nemo|Nihil|Nisi|Nobis|Non|Nostrum|Nulla|Numquam|Odio|"
               "Officia|Omnis|Optio|Pariatur|Perferendis|Placeat|Porro|Possimus|Praesentium|"
               "Quae|Quam|Quas|Quia|Quis|Quod|Quos|Ratione|Recusandae|Rem|Repellat|Rerum|"
               "Saepe|Sapiente|Sed|Sequi|Sint|Sit|Soluta|Sunt|Suscipit|Tempora|Tenetur|Totam|"
               "Ullam|Unde|Ut|Vel|Velit|Veniam|Vero|Vitae|Voluptas|Voluptatem"},
    FakerWords{"lorem.sentence",
               "#{lorem.opening} #{lorem.word} #{lorem.word} #{lorem.word} "
               "#{lorem.word}.|#{lorem.opening} #{lorem.word} #{lorem.word}.|"
               "#{lorem.opening} #{lorem.word} #{lorem.word} #{lorem.word} "
               "#{lorem.word} #{lorem.word} #{lorem.word}."},
    FakerWords{"lorem.paragraph", "#{lorem.sentence} #{lorem.sentence} #{lorem.sentence}"},
    FakerWords{"lorem.words", "#{lorem.word} #{lorem.word} #{lorem.word}"},
    FakerWords{"lorem.character", "#{regexify '[a-z0-9]'}"},
};

}  // namespace

std::span<const FakerWords> WordsOfPeople() {
  return kPeopleWords;
}

}  // namespace weir::connectors
