// The grammar of Weir's SQL: Flink SQL, jobs, savepoints. No actions: planner/parse walks the contexts.
// Statements arrive one at a time, cut at their semicolons (planner/parse/parse.h, SplitScript); hints arrive
// unpacked, as HINT_BEGIN … HINT_END.
parser grammar WeirParser;

options { tokenVocab = WeirLexer; }

oneStatement : statement EOF ;
oneExpression : expression EOF ;

statement
  : queryStatement | insert | statementSet | beginStatementSet | endStatementSet | execute
  | executePlan | compilePlan | update | deleteRows | merge | truncate | callProcedure | explain | analyze
  | copy | createTable | createMaterializedTable | createView | createFunction | createObject | createModel
  | alter | drop
  | createJob | stopJob | dropJob | savepointJob | dropSavepoint | checkpointJob | restoreJob
  | waitForJob
  | show | describe | use | useModules | loadModule | unloadModule | jar | set | resetSetting | help | quit
  | clear | source
  ;

// --- names ---------------------------------------------------------------------------------------

identifier : IDENTIFIER | BACK_QUOTED | DOUBLE_QUOTED | nonReserved | 'ASOF' | 'MATCH_CONDITION' ;
name : identifier ('.' identifier)* ;
identifiers : '(' identifier (',' identifier)* ')' ;
names : '(' name (',' name)* ')' ;
texts : '(' text (',' text)* ')' ;
reference : identifier | STRING ;
properties : '(' (property (',' property)*)? ')' ;
property : text '=' text ;
// Wherever Flink takes a literal of characters; a COMMENT, a LIKE and names of files are a STRING.
text : STRING | unicodeText | CHARSET_STRING ;
unicodeText : UNICODE_STRING STRING* ('UESCAPE' escape=STRING)? ;
ifNotExists : 'IF' 'NOT' 'EXISTS' ;
ifExists : 'IF' 'EXISTS' ;
timeUnit : identifier ;

// --- queries -------------------------------------------------------------------------------------

queryStatement : query ;
query : withClause? queryBody ('ORDER' 'BY' orderItem (',' orderItem)*)? limitClause* ;
withClause : 'WITH' 'RECURSIVE'? commonTable (',' commonTable)* ;
commonTable : identifier identifiers? 'AS' '(' query ')' ;
limitClause
  : 'LIMIT' ('ALL' | expression (',' expression)?)
  | 'OFFSET' expression ('ROW' | 'ROWS')?
  | 'FETCH' ('FIRST' | 'NEXT') expression? ('ROW' | 'ROWS') 'ONLY'
  ;
queryBody
  : queryTerm                                                                  # queryBodyTerm
  | queryBody 'INTERSECT' ('ALL' | 'DISTINCT')? queryBody                      # queryBodyIntersect
  | queryBody ('UNION' | 'EXCEPT' | 'MINUS') ('ALL' | 'DISTINCT')? queryBody   # queryBodyUnion
  ;
queryTerm : select | values | 'TABLE' name | '(' query ')' ;
values : 'VALUES' valuesRow (',' valuesRow)* ;
valuesRow : 'ROW'? '(' valuesItem (',' valuesItem)* ')' | expression ;
valuesItem : 'DEFAULT' | expression ;

select
  : 'SELECT' hints? 'STREAM'? ('ALL' | 'DISTINCT')? selectItem (',' selectItem)*
    ('FROM' tableRef (',' tableRef)*)? ('WHERE' where=expression)? groupBy?
    ('HAVING' having=expression)? ('WINDOW' namedWindow (',' namedWindow)*)?
    ('QUALIFY' qualify=expression)?
  ;
selectItem
  : '*'                                 # selectStar
  | name '.' '*'                        # selectTableStar
  | '(' expression ')' '.' '*'          # selectRowStar
  | expression ('AS'? identifier)?      # selectExpression
  ;
groupBy : 'GROUP' 'BY' ('ALL' | 'DISTINCT')? groupingElement (',' groupingElement)* ;
groupingElement
  : '(' ')'
  | ('ROLLUP' | 'CUBE' | 'GROUPING' 'SETS') '(' groupingElement (',' groupingElement)* ')'
  | expression
  ;
namedWindow : identifier 'AS' windowSpec ;
windowSpec
  : '(' identifier? ('PARTITION' 'BY' expression (',' expression)*)?
    ('ORDER' 'BY' orderItem (',' orderItem)*)? frame? ')'
  ;
frame : ('ROWS' | 'RANGE') ('BETWEEN' frameBound 'AND' frameBound | frameBound) ;
frameBound
  : 'UNBOUNDED' ('PRECEDING' | 'FOLLOWING')
  | 'CURRENT' 'ROW'
  | operand ('PRECEDING' | 'FOLLOWING')
  ;
orderItem : expression ('ASC' | 'DESC')? ('NULLS' ('FIRST' | 'LAST'))? ;

hints : HINT_BEGIN hint (','? hint)* HINT_END ;
hint : identifier ('(' (hintArgument (',' hintArgument)*)? ')')? ;
hintArgument : hintText ('=' hintText)? ;
hintText : text | INTEGER | name ;

// --- FROM ----------------------------------------------------------------------------------------

tableRef : tablePrimary joined* ;
joined
  : 'NATURAL'? ('ASOF'? ('INNER' | ('LEFT' | 'RIGHT' | 'FULL') 'OUTER'? | 'CROSS')? | 'LEFT' 'ASOF')
    'JOIN' tablePrimary matchCondition? ('ON' expression | 'USING' identifiers)?
  ;
matchCondition : 'MATCH_CONDITION' '(' expression ')' ;
tablePrimary : tableFactor hints? alias? hints? (matchRecognize matchAlias=alias?)? ;
alias : ('AS' identifier | bareAlias) identifiers? ;
// Not ASOF and MATCH_CONDITION, which go on with a join.
bareAlias : IDENTIFIER | BACK_QUOTED | DOUBLE_QUOTED | nonReserved ;
tableFactor
  : name hints? ('FOR' 'SYSTEM_TIME' 'AS' 'OF' operand)?                     # namedTable
  | 'LATERAL'? '(' query ')'                                                 # derivedTable
  | 'LATERAL'? 'TABLE' '(' functionCall ')'                                  # wrappedFunctionTable
  | 'LATERAL'? functionCall                                                  # functionTable
  | 'LATERAL'? 'UNNEST' '(' expression (',' expression)* ')' ('WITH' 'ORDINALITY')? # unnest
  | '(' tableRef ')'                                                         # nestedTable
  | STRING hints?                                                            # fileTable
  | 'STATE' 'OF' stateSource stateTable hints?                               # stateOf
  ;

stateSource : 'JOB'? reference ;
stateTable : 'UID' STRING ('TABLE' STRING)? ;

matchRecognize
  : 'MATCH_RECOGNIZE' '(' ('PARTITION' 'BY' expression (',' expression)*)?
    ('ORDER' 'BY' orderItem (',' orderItem)*)? ('MEASURES' measure (',' measure)*)?
    rowsPerMatch? ('AFTER' 'MATCH' 'SKIP' afterMatch)?
    'PATTERN' '(' '^'? pattern '$'? ')' ('WITHIN' expression)?
    ('SUBSET' subset (',' subset)*)? ('DEFINE' definition (',' definition)*)? ')'
  ;
measure : expression 'AS' identifier ;
rowsPerMatch
  : 'ONE' 'ROW' 'PER' 'MATCH'
  | 'ALL' 'ROWS' 'PER' 'MATCH' (('SHOW' | 'OMIT') 'EMPTY' 'MATCHES' | 'WITH' 'UNMATCHED' 'ROWS')?
  ;
afterMatch
  : 'TO' 'NEXT' 'ROW' | 'PAST' 'LAST' 'ROW' | 'TO' 'FIRST' identifier | 'TO' 'LAST' identifier
  | 'TO' identifier
  ;
pattern : patternTerm ('|' patternTerm)* ;
patternTerm : patternFactor+ ;
patternFactor : patternPrimary patternQuantifier? ;
patternPrimary
  : 'PERMUTE' '(' pattern (',' pattern)* ')'
  | identifier
  | '(' pattern ')'
  | '{' '-' pattern '-' '}'
  ;
patternQuantifier
  : ('*' | '+' | '?' | '{' low=INTEGER? (comma=',' high=INTEGER?)? '}') reluctant='?'?
  ;
subset : identifier '=' identifiers ;
definition : identifier 'AS' expression ;

// --- expressions ---------------------------------------------------------------------------------
// Precedence is Calcite's: from tight to loose in each rule. BETWEEN and LIKE take operands on their
// right, or their AND would be swallowed.

expression
  : operand                                                                           # operandOnly
  | expression 'NOT'? 'BETWEEN' ('ASYMMETRIC' | 'SYMMETRIC')? operand 'AND' operand   # between
  | expression 'NOT'? 'IN' '(' (query | expression (',' expression)*) ')'             # inList
  | expression 'NOT'? ('LIKE' | 'ILIKE' | 'RLIKE' | 'SIMILAR' 'TO') operand ('ESCAPE' operand)? # like
  | expression comparison ('ANY' | 'SOME' | 'ALL') '(' (query | expression (',' expression)*) ')' # quantified
  | expression (comparison | 'OVERLAPS') expression                                   # compare
  | expression 'IS' 'NOT'? 'DISTINCT' 'FROM' operand                                  # isDistinct
  | expression 'IS' 'NOT'? isWhat                                                     # isTest
  | 'NOT' expression                                                                  # negation
  | expression 'AND' expression                                                       # conjunction
  | expression 'OR' expression                                                        # disjunction
  ;
comparison : '=' | '<>' | '!=' | '<' | '<=' | '>' | '>=' ;
isWhat
  : 'NULL' | 'TRUE' | 'FALSE' | 'UNKNOWN' | 'JSON' ('VALUE' | 'OBJECT' | 'ARRAY' | 'SCALAR')?
  ;
operand
  : primary                                    # primaryOnly
  | operand '[' expression ']'                 # element
  | operand '.' identifier                     # field
  | operand 'AT' ('LOCAL' | 'TIME' 'ZONE' primary) # atTimeZone
  | ('+' | '-') operand                        # sign
  | operand ('*' | '/' | '%' | '||') operand   # product
  | operand ('+' | '-') operand                # sum
  ;
primary
  : literal                                                                          # literalOnly
  | 'CASE' base=expression? (when)+ ('ELSE' otherwise=expression)? 'END'             # caseOf
  | ('CAST' | 'TRY_CAST') '(' expression 'AS' dataType ')'                           # cast
  | 'EXTRACT' '(' timeUnit 'FROM' expression ')'                                     # extract
  | ('TIMESTAMPADD' | 'TIMESTAMPDIFF') '(' timeUnit ',' expression ',' expression ')' # timestampArithmetic
  | ('FLOOR' | 'CEIL' | 'CEILING') '(' expression 'TO' timeUnit ')'                  # roundTo
  | 'SUBSTRING' '(' expression 'FROM' expression ('FOR' expression)? ')'             # substring
  | 'OVERLAY' '(' expression 'PLACING' expression 'FROM' expression ('FOR' expression)? ')' # overlay
  | 'POSITION' '(' operand 'IN' expression ('FROM' expression)? ')'                  # position
  | 'TRIM' '(' trimSide characters=expression? 'FROM' base=expression ')'            # trim
  | 'TRIM' '(' trimSide base=expression ')'                                          # trim
  | 'TRIM' '(' (characters=expression 'FROM')? base=expression ')'                   # trim
  | jsonCall                                                                         # json
  | ('EXISTS' | 'UNIQUE') '(' query ')'                                              # exists
  | ('ARRAY' | 'MULTISET' | 'MAP' | 'CURSOR') '(' query ')'                          # collectionQuery
  | ('ARRAY' | 'MULTISET' | 'MAP') '[' (expression (',' expression)*)? ']'           # collection
  | 'ROW' '(' (expression (',' expression)*)? ')'                                    # row
  | '(' query ')'                                                                    # scalarQuery
  | '(' expression (',' expression)+ ')'                                             # rowInParentheses
  | '(' expression ')' differenceSpan?                                               # parenthesised
  | functionCall                                                                     # function
  | bareFunction ('(' INTEGER? ')')?                                                 # bareCall
  | name                                                                             # columnRef
  ;
when : 'WHEN' expression (',' expression)* 'THEN' expression ;
// (a - b) DAY: an interval. Words of their own, as any other name behind the parenthesis is an alias.
differenceSpan
  : from=differenceUnit ('(' INTEGER ')')? ('TO' to=timeUnit ('(' fraction=INTEGER ')')?)?
  ;
differenceUnit
  : 'YEAR' | 'QUARTER' | 'MONTH' | 'WEEK' | 'DAY' | 'HOUR' | 'MINUTE' | 'SECOND'
  ;
trimSide : 'BOTH' | 'LEADING' | 'TRAILING' ;
bareFunction
  : 'CURRENT_DATE' | 'CURRENT_TIME' | 'CURRENT_TIMESTAMP' | 'LOCALTIME' | 'LOCALTIMESTAMP'
  | 'CURRENT_USER' | 'CURRENT_ROW_TIMESTAMP'
  ;

literal
  : 'NULL' | 'TRUE' | 'FALSE' | 'UNKNOWN'
  | INTEGER | DECIMAL | DOUBLE
  | unicodeText
  | CHARSET_STRING
  | BINARY_STRING+
  | ('DATE' | 'TIME' | 'TIMESTAMP' ('WITH' 'LOCAL' 'TIME' 'ZONE')?) STRING
  | intervalLiteral
  | STRING+
  ;
intervalLiteral : 'INTERVAL' ('+' | '-')? STRING intervalQualifier ;
intervalQualifier
  : from=timeUnit ('(' INTEGER (',' INTEGER)? ')')? ('TO' to=timeUnit ('(' fraction=INTEGER ')')?)?
  ;

functionCall
  : ('RUNNING' | 'FINAL')? functionName
    '(' ('*' | ('ALL' | 'DISTINCT')? argument (',' argument)* inside=nullTreatment?
    ('ORDER' 'BY' orderItem (',' orderItem)*)?)? ')' behind=nullTreatment?
    ('WITHIN' 'GROUP' '(' 'ORDER' 'BY' withinGroup (',' withinGroup)* ')')?
    filter? over?
  ;
nullTreatment : ('IGNORE' | 'RESPECT') 'NULLS' ;
functionName : name | 'LEFT' | 'RIGHT' | 'TRUNCATE' ;
withinGroup : orderItem ;
filter : 'FILTER' '(' 'WHERE' expression ')' ;
over : 'OVER' (identifier | windowSpec) ;
argument : (identifier '=>')? argumentValue ;
argumentValue
  : 'TABLE' (name | '(' query ')') tableOrder    # tableArgument
  | '(' query ')' tablePartition                 # queryArgument
  | 'MODEL' name                                 # modelArgument
  | 'DESCRIPTOR' names                           # descriptor
  | 'DEFAULT'                                    # defaultArgument
  | expression                                   # plainArgument
  ;
// Several are written in parentheses: a comma would begin the next argument.
tableOrder : ('PARTITION' 'BY' expression)? ('ORDER' 'BY' orderItem)? ;
tablePartition : 'PARTITION' 'BY' expression ('ORDER' 'BY' orderItem)? ;

jsonCall
  : 'JSON_EXISTS' '(' expression ',' expression jsonOn* ')'
  | ('JSON_VALUE' | 'JSON_QUERY') '(' expression ',' expression ('RETURNING' dataType)? jsonWrapper?
    jsonOn* ')'
  | ('JSON_OBJECT' | 'JSON_OBJECTAGG') '(' (jsonPair (',' jsonPair)*)? jsonNulls? ')' filter? over?
  | ('JSON_ARRAY' | 'JSON_ARRAYAGG') '(' (expression (',' expression)*)? jsonNulls? ')' filter? over?
  ;
jsonPair : 'KEY'? key=operand ('VALUE' | ':') expression ;
jsonNulls : ('NULL' | 'ABSENT') 'ON' 'NULL' ;
jsonWrapper : ('WITHOUT' | 'WITH' ('CONDITIONAL' | 'UNCONDITIONAL')?) 'ARRAY'? 'WRAPPER' ;
jsonOn : jsonBehaviour 'ON' ('EMPTY' | 'ERROR') ;
jsonBehaviour
  : 'ERROR' | 'NULL' | 'EMPTY' ('ARRAY' | 'OBJECT') | 'TRUE' | 'FALSE' | 'UNKNOWN' | 'DEFAULT' expression
  ;

// --- data types ----------------------------------------------------------------------------------

dataType : baseType ('ARRAY' | 'MULTISET')* ('NOT' 'NULL' | 'NULL')? ;
baseType
  : plainType ('(' INTEGER (',' INTEGER)? ')')?                                     # simpleType
  | ('TIME' | 'TIMESTAMP') ('(' INTEGER ')')? timeZone?                             # timeType
  | 'INTERVAL' intervalQualifier                                                    # intervalType
  | ('ARRAY' | 'MULTISET' | 'MAP') '<' dataType (',' dataType)? '>'                 # collectionType
  | 'ROW' ('<>' | '<' (fieldType (',' fieldType)*)? '>' | '(' (fieldType (',' fieldType)*)? ')') # rowType
  | 'STRUCTURED' '<' text (',' fieldType)* '>'                                    # structuredType
  | 'RAW' '(' STRING ',' STRING ')'                                                 # rawType
  | name                                                                            # namedType
  ;
plainType
  : 'BOOLEAN' | 'TINYINT' | 'SMALLINT' | 'INT' | 'INTEGER' | 'BIGINT' | 'FLOAT' | 'REAL'
  | 'DOUBLE' 'PRECISION'? | 'DECIMAL' | 'DEC' | 'NUMERIC' | ('CHAR' | 'CHARACTER') 'VARYING'?
  | 'VARCHAR' | 'STRING' | 'BINARY' 'VARYING'? | 'VARBINARY' | 'BYTES' | 'DATE' | 'TIMESTAMP_LTZ'
  | 'NULL' | 'VARIANT' | 'BITMAP'
  ;
timeZone : ('WITH' 'LOCAL'? | 'WITHOUT') 'TIME' 'ZONE' ;
fieldType : identifier dataType STRING? ;

// --- definitions ---------------------------------------------------------------------------------

createTable
  : ('CREATE' ('OR' 'REPLACE')? | 'REPLACE') 'TEMPORARY'? 'TABLE' ifNotExists? name tableElements?
    comment? ('DISTRIBUTED' distribution)? partitionedBy? ('WITH' properties)? likeTable? ('AS' query)?
  ;
tableElements : '(' tableElement (',' tableElement)* ')' ;
tableElement
  : 'WATERMARK' 'FOR' name 'AS' expression                                        # watermarkElement
  | ('CONSTRAINT' identifier)? keyKind identifiers enforced?                      # keyElement
  | name 'AS' expression comment? place?                                          # computedColumn
  | name dataType inlineKey? metadata? inlineKey? comment? place?                 # typedColumn
  | name place?                                                                   # nameOnlyColumn
  ;
keyKind : 'PRIMARY' 'KEY' | 'UNIQUE' ;
inlineKey : keyKind enforced? ;
enforced : 'NOT'? 'ENFORCED' ;
metadata : 'METADATA' ('FROM' text)? 'VIRTUAL'? ;
place : 'FIRST' | 'AFTER' identifier ;
comment : 'COMMENT' STRING ;
distribution : ('BY' ('HASH' | 'RANGE')? identifiers)? ('INTO' INTEGER 'BUCKETS')? ;
partitionedBy : 'PARTITIONED' 'BY' identifiers ;
likeTable : 'LIKE' (name | STRING) ('(' likeOption* ')')? ;
likeOption
  : ('INCLUDING' | 'EXCLUDING' | 'OVERWRITING')
    ('ALL' | 'CONSTRAINTS' | 'DISTRIBUTION' | 'GENERATED' | 'METADATA' | 'OPTIONS' | 'PARTITIONS'
    | 'WATERMARKS')
  ;

createMaterializedTable
  : 'CREATE' ('OR' 'ALTER')? 'MATERIALIZED' 'TABLE' ifNotExists? name tableElements? comment?
    ('DISTRIBUTED' distribution)? partitionedBy? ('WITH' properties)? refreshOption* 'AS' query
  ;
refreshOption
  : startMode
  | 'FRESHNESS' '=' intervalLiteral
  | 'REFRESH_MODE' '=' refreshMode
  ;
startMode : 'START_MODE' '=' identifier ('(' expression ')')? ;
refreshMode : 'FULL' | 'CONTINUOUS' ;

createView
  : 'CREATE' ('OR' 'REPLACE')? 'TEMPORARY'? 'VIEW' ifNotExists? name
    ('(' viewColumn (',' viewColumn)* ')')? comment? 'AS' query
  ;
viewColumn : identifier comment? ;
createFunction
  : 'CREATE' ('OR' 'REPLACE')? temporary? 'FUNCTION' ifNotExists? name
    (functionBody | functionSignature (functionReturn | functionBody))
  ;
functionSignature
  : parameters 'RETURNS' (dataType | 'TABLE' columns=parameters) ('LANGUAGE' identifier)? comment?
  ;
parameters : '(' (parameter (',' parameter)*)? ')' ;
parameter : identifier dataType comment? ;
functionReturn : 'RETURN' (expression | query) ;
temporary : 'TEMPORARY' 'SYSTEM'? ;
functionBody
  : 'AS' STRING ('LANGUAGE' identifier)? functionTrait* (resources functionTrait*)?
    ('WITH' properties)?
  | ('LANGUAGE' identifier)? functionTrait* resources functionTrait* ('WITH' properties)?
  ;
functionTrait
  : 'VERSION' STRING | 'NOT'? 'DETERMINISTIC' | ('CALLED' | 'RETURNS' 'NULL') 'ON' 'NULL' 'INPUT'
  ;
resources : 'USING' resource (',' resource)* ;
resource : ('JAR' | 'ARTIFACT')? STRING ;
createObject
  : 'CREATE' temporary? ('CATALOG' | 'DATABASE' | 'CONNECTION') ifNotExists? name comment?
    ('WITH' properties)?
  ;
createModel
  : 'CREATE' ('OR' 'REPLACE')? 'TEMPORARY'? 'MODEL' ifNotExists? name ('INPUT' input=tableElements)?
    ('OUTPUT' output=tableElements)? comment? ('WITH' properties)? ('AS' query)?
  ;

objectKind
  : 'CATALOG' | 'DATABASE' | 'TABLE' | 'MATERIALIZED' 'TABLE' | 'VIEW' | 'FUNCTION' | 'MODEL'
  | 'CONNECTION'
  ;
drop : 'DROP' temporary? objectKind ifExists? name ('RESTRICT' | 'CASCADE')? ;
alter : 'ALTER' temporary? objectKind ifExists? name partitionSpec? alterAction ;
alterAction
  : 'RENAME' 'TO' name                                                  # renameObject
  | 'RENAME' name 'TO' identifier                                       # renameColumn
  | 'SET' properties                                                    # setOptions
  | 'RESET' texts                                                       # resetOptions
  | comment                                                             # setComment
  | 'ADD' ifNotExists? addPartition+                                    # addPartitions
  | ('ADD' | 'MODIFY') 'DISTRIBUTION' distribution                      # changeDistribution
  | ('ADD' | 'MODIFY') ifNotExists? (tableElements | tableElement)      # changeElements
  | 'DROP' ifExists? partitionSpec (',' partitionSpec)*                 # dropPartitions
  | 'DROP' ('PRIMARY' 'KEY' | 'WATERMARK' | 'DISTRIBUTION' | 'CONSTRAINT' identifier) # dropPart
  | 'DROP' ifExists? (names | name)                                     # dropColumns
  | 'SUSPEND'                                                           # suspend
  | 'RESUME' ('WITH' properties)?                                       # resume
  | 'REFRESH' partitionSpec?                                            # refresh
  | 'SET' 'FRESHNESS' '=' intervalLiteral                               # setFreshness
  | 'SET' 'REFRESH_MODE' '=' refreshMode                                # setRefreshMode
  | startMode? 'AS' query                                               # redefineQuery
  | functionBody                                                        # redefineFunction
  ;
addPartition : partitionSpec ('WITH' properties)? ;
partitionSpec : 'PARTITION' '(' partitionValue (',' partitionValue)* ')' ;
partitionValue : identifier ('=' operand)? ;

// --- changes -------------------------------------------------------------------------------------

insert
  : ('INSERT' | 'UPSERT') ('INTO' | 'OVERWRITE') name hints? partitionSpec? names? query
    ('ON' 'CONFLICT' 'DO' ('ERROR' | 'NOTHING' | 'DEDUPLICATE'))?
  ;
statementSet : 'EXECUTE'? 'STATEMENT' 'SET' 'BEGIN' insert (';' insert)* ';'? 'END' ;
beginStatementSet : 'BEGIN' 'STATEMENT' 'SET' ;
endStatementSet : 'END' ('STATEMENT' 'SET')? ;
execute : 'EXECUTE' (insert | query) ;
executePlan : 'EXECUTE' 'PLAN' text ;
compilePlan
  : 'COMPILE' 'PLAN' STRING ifNotExists? 'FOR' job
  | 'COMPILE' 'AND' 'EXECUTE' 'PLAN' STRING 'FOR' job
  ;
job : insert | statementSet ;
update
  : 'UPDATE' name ('AS'? identifier)? 'SET' assignment (',' assignment)* ('WHERE' expression)?
  ;
assignment : name '=' expression ;
deleteRows : 'DELETE' 'FROM' name ('AS'? identifier)? ('WHERE' expression)? ;
merge
  : 'MERGE' 'INTO' name ('AS'? identifier)? 'USING' tablePrimary 'ON' expression
    ('WHEN' 'MATCHED' 'THEN' 'UPDATE' 'SET' assignment (',' assignment)*)?
    ('WHEN' 'NOT' 'MATCHED' 'THEN' 'INSERT' names? 'VALUES' mergeValues)?
  ;
mergeValues : '(' expression (',' expression)* ')' ;
truncate : 'TRUNCATE' 'TABLE' name ;
callProcedure : 'CALL' functionCall ;
explain
  : 'EXPLAIN' ('PLAN' 'FOR' | explainDetail (',' explainDetail)*)? explained
  ;
explainDetail
  : 'ESTIMATED_COST' | 'CHANGELOG_MODE' | 'JSON_EXECUTION_PLAN' | 'PLAN_ADVICE' | 'STATE'
  ;
explained
  : queryStatement | insert | copy | statementSet | execute | executePlan | update | deleteRows | createTable
  | createMaterializedTable | createView | alter | createJob | restoreJob
  ;
copy
  : 'COPY' ('(' query ')' | (name | copiedFile=STRING) identifiers?) ('TO' | 'FROM') STRING
    ('WITH'? '(' copyOption (',' copyOption)* ')')?
  ;
copyOption : STRING '=' STRING | copyWord (copyWord | STRING)? ;
copyWord : identifier | INTEGER | 'ESCAPE' | 'FALSE' | 'NULL' | 'TRUE' ;
analyze
  : 'ANALYZE' 'TABLE' name partitionSpec? 'COMPUTE' 'STATISTICS'
    ('FOR' ('ALL' 'COLUMNS' | 'COLUMNS' identifier (',' identifier)*))?
  ;

// --- jobs ----------------------------------------------------------------------------------------

createJob : 'CREATE' 'JOB' ifNotExists? reference ('WITH' properties)? 'AS' job ;
stopJob : ('STOP' | 'CANCEL') 'JOB' reference ('WITH' 'SAVEPOINT' STRING?)? ('WITH' 'DRAIN')? ;
dropJob : 'DROP' 'JOB' ifExists? reference ;
savepointJob
  : 'SAVEPOINT' 'JOB' reference ('AS' identifier)? ('TO' STRING)? ('FORMAT' ('CANONICAL' | 'NATIVE'))?
  ;
dropSavepoint : 'DROP' 'SAVEPOINT' ifExists? reference ;
checkpointJob : 'CHECKPOINT' 'JOB' reference ;
restoreJob
  : 'RESTORE' 'JOB' reference 'FROM' (STRING | 'SAVEPOINT' identifier | 'LATEST' 'CHECKPOINT')
    restoreClause* ('AS' job)?
  ;
restoreClause
  : 'ALLOW' 'NON' 'RESTORED' 'STATE'                                 # allowNonRestored
  | 'ALLOW' 'DROP' texts                                             # allowDrop
  | 'ALLOW' 'PARTIAL'                                                # allowPartial
  | 'ACCEPT' 'CHANGES' texts                                         # acceptChanges
  | 'WITH' 'STATE' 'MAPPING' '(' stateMapping (',' stateMapping)* ')' # withStateMapping
  | 'WITH' properties                                                # restoreOptions
  ;
stateMapping : STRING 'TO' STRING ;
waitForJob
  : 'WAIT' 'FOR' 'JOB' reference 'UNTIL' ('FINISHED' | 'IDLE' | 'CHECKPOINT')
    ('TIMEOUT' intervalLiteral)?
  ;

// --- looking, and the session --------------------------------------------------------------------

show : 'SHOW' showTarget (('FROM' | 'IN') name)? ('NOT'? ('LIKE' | 'ILIKE') STRING)? ;
showTarget
  : 'CREATE' ('OR' 'ALTER')? objectKind name            # showCreate
  | 'CREATE' 'JOB' reference                            # showCreateJob
  | 'PARTITIONS' name partitionSpec?                    # showPartitions
  | ('SAVEPOINTS' | 'CHECKPOINTS') ('FOR' 'JOB' reference)? # showJobParts
  | 'STATE' 'OF' stateSource                            # showState
  | 'STATE' 'DIFFERENCE' 'OF' stateSource 'AND' stateSource stateTable? # showStateDifference
  | showWord                                            # showList
  ;
showWord
  : 'CATALOGS' | 'CURRENT' 'CATALOG' | 'DATABASES' | 'CURRENT' 'DATABASE' | 'TABLES' | 'VIEWS'
  | 'MATERIALIZED' 'TABLES' | 'COLUMNS' | 'FUNCTIONS' | 'USER' 'FUNCTIONS' | 'PROCEDURES' | 'MODULES'
  | 'FULL' 'MODULES' | 'JARS' | 'JOBS' | 'MODELS' | 'CONNECTIONS'
  ;
describe
  : ('DESCRIBE' | 'DESC')
    ( ('JOB' | 'SAVEPOINT') reference
    | 'RECOVERY' 'OF' 'JOB' reference
    | ('CATALOG' | 'DATABASE' | 'FUNCTION' | 'MODEL' | 'CONNECTION') 'EXTENDED'? name
    | 'EXTENDED'? (name | STRING) )
  | 'EXPLAIN' 'ANALYZE' 'JOB' reference
  ;
use : 'USE' 'CATALOG' name | 'USE' name ;
useModules : 'USE' 'MODULES' identifier (',' identifier)* ;
loadModule : 'LOAD' 'MODULE' identifier ('WITH' properties)? ;
unloadModule : 'UNLOAD' 'MODULE' identifier ;
jar : ('ADD' | 'REMOVE') 'JAR' STRING ;
set : 'SET' (settingKey ('=' settingValue)?)? ;
settingKey : text | settingWord+ ;
settingValue : text | (settingWord | '=')+ ;
settingWord : ~('=' | STRING | UNICODE_STRING | CHARSET_STRING | ';' | UNCLOSED_STRING) ;
resetSetting : 'RESET' settingKey? ;
help : 'HELP' settingAny* ;
settingAny : settingWord | STRING | UNICODE_STRING | CHARSET_STRING | '=' ;
quit : 'QUIT' | 'EXIT' ;
clear : 'CLEAR' ;
source : 'SOURCE' STRING ;

// --- words that are names wherever they are not needed as words ----------------------------------

nonReserved
  : 'ABSENT' | 'ACCEPT' | 'ADD' | 'AFTER' | 'ALLOW' | 'ALTER' | 'ANALYZE' | 'ARRAY' | 'ARTIFACT'
  | 'ASC' | 'AT' | 'BEGIN' | 'BIGINT' | 'BINARY' | 'BITMAP' | 'BOOLEAN' | 'BOTH' | 'BUCKETS'
  | 'BYTES' | 'CALL' | 'CALLED' | 'CANCEL' | 'CANONICAL' | 'CASCADE' | 'CATALOG' | 'CATALOGS' | 'CEIL'
  | 'CEILING' | 'CHANGELOG_MODE' | 'CHANGES' | 'CHAR' | 'CHARACTER' | 'CHECKPOINT' | 'CHECKPOINTS'
  | 'CLEAR' | 'COLUMNS' | 'COMMENT' | 'COMPILE' | 'COMPUTE' | 'CONDITIONAL' | 'CONFLICT'
  | 'CONNECTION' | 'CONNECTIONS' | 'CONSTRAINT' | 'CONSTRAINTS' | 'CONTINUOUS' | 'COPY' | 'CUBE' | 'CURRENT'
  | 'CURSOR' | 'DATABASE' | 'DATABASES' | 'DATE' | 'DAY' | 'DEC' | 'DECIMAL' | 'DEDUPLICATE'
  | 'DEFAULT' | 'DEFINE' | 'DELETE' | 'DESC' | 'DESCRIBE' | 'DESCRIPTOR' | 'DETERMINISTIC'
  | 'DIFFERENCE' | 'DISTRIBUTED'
  | 'DISTRIBUTION' | 'DO' | 'DOUBLE' | 'DRAIN' | 'DROP' | 'EMPTY' | 'ENFORCED' | 'ERROR'
  | 'ESTIMATED_COST' | 'EXCLUDING' | 'EXECUTE' | 'EXIT' | 'EXPLAIN' | 'EXTENDED' | 'FILTER'
  | 'FINAL' | 'FINISHED' | 'FIRST' | 'FLOAT' | 'FLOOR' | 'FOLLOWING' | 'FORMAT' | 'FRESHNESS'
  | 'FUNCTION' | 'FUNCTIONS' | 'GENERATED' | 'GROUPING' | 'HASH' | 'HELP' | 'HOUR' | 'IDLE' | 'IF'
  | 'IGNORE' | 'INCLUDING' | 'INPUT' | 'INT' | 'INTEGER' | 'INTERVAL' | 'JAR' | 'JARS' | 'JOB'
  | 'JOBS' | 'JSON' | 'JSON_EXECUTION_PLAN' | 'KEY' | 'LANGUAGE' | 'LAST' | 'LATEST' | 'LEADING'
  | 'LOAD' | 'LOCAL' | 'MAP' | 'MAPPING' | 'MATCH' | 'MATCHED' | 'MATCHES' | 'MATERIALIZED' | 'MEASURES'
  | 'MERGE' | 'METADATA' | 'MINUTE' | 'MODEL' | 'MODELS' | 'MODIFY' | 'MODULE' | 'MODULES' | 'MONTH'
  | 'MULTISET' | 'NATIVE' | 'NEXT' | 'NON' | 'NOTHING' | 'NULLS' | 'NUMERIC' | 'OBJECT' | 'OF'
  | 'OMIT' | 'ONE' | 'ONLY' | 'OPTIONS' | 'ORDINALITY' | 'OUTPUT' | 'OVERLAPS' | 'OVERLAY' | 'OVERWRITE'
  | 'OVERWRITING' | 'PARTIAL' | 'PARTITIONED' | 'PARTITIONS' | 'PAST' | 'PATTERN' | 'PER'
  | 'PERMUTE' | 'PLACING' | 'PLAN' | 'PLAN_ADVICE' | 'POSITION' | 'PRECEDING' | 'PRECISION'
  | 'PRIMARY' | 'PROCEDURES' | 'QUARTER' | 'QUIT' | 'RANGE' | 'RAW' | 'REAL' | 'RECOVERY'
  | 'RECURSIVE' | 'REFRESH' | 'REFRESH_MODE' | 'REMOVE' | 'RENAME' | 'REPLACE' | 'RESET' | 'RESPECT'
  | 'RESTORE' | 'RESTORED' | 'RESTRICT' | 'RESUME' | 'RETURN' | 'RETURNING' | 'RETURNS' | 'ROLLUP' | 'ROW' | 'ROWS'
  | 'RUNNING' | 'SAVEPOINT' | 'SAVEPOINTS' | 'SCALAR' | 'SECOND' | 'SETS' | 'SHOW' | 'SKIP'
  | 'SMALLINT' | 'SOURCE' | 'START_MODE' | 'STATE' | 'STATEMENT' | 'STATISTICS' | 'STOP' | 'STREAM'
  | 'STRING' | 'STRUCTURED' | 'SUBSET' | 'SUBSTRING' | 'SUSPEND' | 'SYSTEM' | 'SYSTEM_TIME'
  | 'TABLES' | 'TEMPORARY' | 'TIME' | 'TIMEOUT' | 'TIMESTAMP' | 'TIMESTAMP_LTZ' | 'TINYINT' | 'TO'
  | 'TRAILING' | 'TRIM' | 'TRUNCATE' | 'UESCAPE' | 'UID' | 'UNBOUNDED' | 'UNCONDITIONAL' | 'UNIQUE'
  | 'UNLOAD' | 'UNMATCHED' | 'UNTIL' | 'UPDATE' | 'UPSERT' | 'USE' | 'USER' | 'VALUE' | 'VARBINARY' | 'VARCHAR'
  | 'VARIANT' | 'VARYING' | 'VERSION' | 'VIEW' | 'VIEWS' | 'VIRTUAL' | 'WAIT' | 'WATERMARK' | 'WATERMARKS'
  | 'WEEK' | 'WITHIN' | 'WITHOUT' | 'WRAPPER' | 'YEAR' | 'ZONE'
  ;
