#include <array>

#include "runtime/connectors/faker/words.h"

namespace weir::connectors {
namespace {

constexpr std::array kWords = {
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
    FakerWords{"gender.types", "Female|Male|Non-binary|Agender|Bigender|Genderfluid|Polygender"},
    FakerWords{"gender.binarytypes", "Female|Male"},
    FakerWords{"gender.shortbinarytypes", "f|m"},
    FakerWords{"demographic.sex", "Male|Female"},
    FakerWords{"demographic.maritalstatus", "Married|Widowed|Divorced|Separated|Never married"},
    FakerWords{"demographic.educationalattainment",
               "No schooling completed|Primary school|Secondary school|High school diploma|Trade "
               "school|Associate degree|Bachelor's degree|Master's degree|Professional degree|"
               "Doctorate degree"},
    FakerWords{"relationship.any",
               "Mother|Father|Sister|Brother|Wife|Husband|Partner|Son|Daughter|Aunt|Uncle|Niece|"
               "Nephew|Cousin|Grandmother|Grandfather|Mother-in-law|Father-in-law"},
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
    FakerWords{"lorem.sentence",
               "#{regexify '[A-Z]'}#{lorem.word} #{lorem.word} #{lorem.word} #{lorem.word} "
               "#{lorem.word}.|#{regexify '[A-Z]'}#{lorem.word} #{lorem.word} #{lorem.word}.|"
               "#{regexify '[A-Z]'}#{lorem.word} #{lorem.word} #{lorem.word} #{lorem.word} "
               "#{lorem.word} #{lorem.word} #{lorem.word}."},
    FakerWords{"lorem.paragraph", "#{lorem.sentence} #{lorem.sentence} #{lorem.sentence}"},
    FakerWords{"lorem.words", "#{lorem.word} #{lorem.word} #{lorem.word}"},
    FakerWords{"lorem.character", "#{regexify '[a-z0-9]'}"},
};

}  // namespace

std::span<const FakerWords> WordsOfPeople() {
  return kWords;
}

}  // namespace weir::connectors
