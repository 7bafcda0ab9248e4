/* Every maximum of the program, each with its reason. All outside input meets one of these. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* A definition file: the largest seen in the wild is under 100 KiB. */
#define LIMIT_DEFINITION_BYTES (1024 * 1024)
/* YAML nodes after alias expansion: a 1 MiB file without aliases cannot hold more than about
 * half a million, an alias bomb wants billions. */
#define LIMIT_DEFINITION_NODES 500000
/* Nesting of YAML collections: the format needs seven. */
#define LIMIT_DEFINITION_DEPTH 64
/* Empty lines in a row, and characters of a line that begins with '%': libfyaml 0.7.12 takes time
 * that grows with their square. */
#define LIMIT_DEFINITION_EMPTY_LINES 1000
#define LIMIT_DEFINITION_DIRECTIVE   1000
/* Definition files in one folder. */
#define LIMIT_DEFINITION_FILES 4096
/* Diagnostics kept for one file; the rest is counted. */
#define LIMIT_DIAGNOSTICS 200
/* Events, and metrics, of one service: every pair of events is compared with one another, and
 * nobody can keep the order of a hundred in mind. */
#define LIMIT_EVENTS  1000
#define LIMIT_METRICS 1000
/* A metric source's URL: what common servers and proxies take. */
#define LIMIT_URL_BYTES 8192

/* An expression: spec limit; the longest real one is under 200 bytes. */
#define LIMIT_EXPRESSION_BYTES 4096
/* Nesting of an expression: bounds the evaluator's stack. */
#define LIMIT_EXPRESSION_NESTING 64
/* Items of one list value in an expression. */
#define LIMIT_EXPRESSION_LIST 1024

/* An HTTP metric source's body: RabbitMQ's whole /api/queues of a large broker is about 5 MiB. */
#define LIMIT_METRIC_BODY_BYTES (10u * 1024 * 1024)
/* An AWS answer: the largest, 100 container instances with attributes, is about 1 MiB. */
#define LIMIT_AWS_BODY_BYTES (16u * 1024 * 1024)
/* The body of an AWS request: 500 statistics with 30 dimensions each stay under 2 MiB. */
#define LIMIT_AWS_REQUEST_BYTES (4u * 1024 * 1024)
/* The same for Lambda, which takes a package of 50 MB, in base64: its own limit. */
#define LIMIT_LAMBDA_REQUEST_BYTES 70167211u
/* Response headers of one answer, all together. */
#define LIMIT_HEADER_BYTES (256u * 1024)
/* Steps of a dotted path, and tries to find it among fields whose own names hold dots: the second
 * bounds what a hostile answer can make the search cost (a real path needs a dozen). */
#define LIMIT_PATH_STEPS 64
#define LIMIT_PATH_TRIES 10000
/* Redirects followed by an HTTP metric source (spec). */
#define LIMIT_REDIRECTS 10
/* Nesting of JSON and XML answers. */
#define LIMIT_ANSWER_DEPTH 128
/* Elements of one XML answer: a hundred groups of a thousand instances have about a million. */
#define LIMIT_XML_NODES 2000000
/* Pages of one list: 100 items a page make 100,000 items; a server that goes on is looping. */
#define LIMIT_PAGES 1000
/* A continuation token. */
#define LIMIT_TOKEN_BYTES 8192
/* Items of one list: LIMIT_PAGES full ones. */
#define LIMIT_LIST_ITEMS 100000
/* Datapoints of one GetMetricData: AWS gives at most 100,800 a page; what is asked for, a few
 * periods of 500 statistics, is under 2,000. */
#define LIMIT_DATAPOINTS 1000000
/* Task-definition revisions whose size is kept; a large account deploys that many in months. */
#define LIMIT_TASK_SIZES 4096
/* Parameters, or CBOR items, of one request to a simulated account, and how deep they nest: 500
 * statistics with 30 dimensions each are 32,000 parameters of seven steps. */
#define LIMIT_WIRE_ITEMS 400000
#define LIMIT_WIRE_DEPTH 16
/* A file of faults: a line each, a few hundred at most. */
#define LIMIT_FAULTS_FILE_BYTES (1024u * 1024)
/* Extra calls of one run that look for the one name that spoils a batch for all the others: nine
 * steps find one among 500. */
#define LIMIT_SPLIT_CALLS 256

/* Shared AWS config and credentials files. */
#define LIMIT_CONFIG_FILE_BYTES (1024u * 1024)
/* Sections of both: one a role and account in the largest organisations. Looked up one by one. */
#define LIMIT_CONFIG_SECTIONS 5000
/* Keys of a section, nested ones included: about 60 are defined. */
#define LIMIT_CONFIG_KEYS 512
/* Continuation lines of a value; each copies what was there before. Real ones have none. */
#define LIMIT_CONFIG_VALUE_LINES 32
/* Profiles that lead to one another by source_profile. */
#define LIMIT_PROFILE_CHAIN 8
/* A key or session token: tokens are under 4 KiB, and servers refuse headers far below this. */
#define LIMIT_CREDENTIAL_BYTES 16384
/* An answer with credentials (STS, SSO, container, instance metadata): under 8 KiB. */
#define LIMIT_CREDENTIALS_ANSWER_BYTES (256u * 1024)
/* A request for them: STS takes web identity tokens of up to 20,000 characters. */
#define LIMIT_STS_REQUEST_BYTES (96 * 1024)
/* A token file of web identity, container or SSO. */
#define LIMIT_TOKEN_FILE_BYTES (32u * 1024)
/* What a credential_process may print. */
#define LIMIT_CREDENTIAL_PROCESS_BYTES (64u * 1024)

/* One document of a record file: 10,000 instances and 100,000 tasks stay under 32 MiB. */
#define LIMIT_RECORD_LINE_BYTES (256u * 1024 * 1024)
/* Services, metrics, events, … in a record's definition: a definition file of 1 MiB cannot hold
 * more. */
#define LIMIT_RECORD_LIST 65536
/* A line of `eval --stdin`. */
#define LIMIT_EVAL_LINE_BYTES (1024u * 1024)

/* An event as Lambda's runtime API gives it: AWS takes at most 6 MB, and adds nothing. */
#define LIMIT_LAMBDA_EVENT_BYTES (8u * 1024 * 1024)
/* What is answered: AWS takes at most 6 MB. Details of clusters end where the rest, a line each for
 * LIMIT_DEFINITION_FILES clusters, still fits. */
#define LIMIT_LAMBDA_ANSWER_BYTES         (6u * 1000 * 1000)
#define LIMIT_LAMBDA_ANSWER_DETAILS_BYTES (4u * 1000 * 1000)
/* The message of an error that is answered: consoles and logs show it whole. */
#define LIMIT_LAMBDA_ERROR_BYTES (16u * 1024)
/* Names and patterns in an event: each is compared with every cluster's name. */
#define LIMIT_LAMBDA_PATTERNS 1024
/* Lambda's longest time-out. */
#define LIMIT_LAMBDA_INVOCATION_MS (INT64_C(900) * 1000)
/* A request id; AWS's are UUIDs of 36 characters. */
#define LIMIT_LAMBDA_REQUEST_ID_BYTES 128

/* A Lambda package: what may be uploaded directly, and what may be unpacked (Lambda quotas). */
#define LIMIT_PACKAGE_ZIP_BYTES      (50u * 1024 * 1024)
#define LIMIT_PACKAGE_UNPACKED_BYTES (250u * 1024 * 1024)
/* The CA certificates in it: all that Mozilla trusts are under 256 KiB. */
#define LIMIT_CA_BUNDLE_BYTES (4u * 1024 * 1024)

/* A simulation: 400 days, enough for a year with its seasons. */
#define LIMIT_SIMULATION_MINUTES (400 * 24 * 60)
/* Minutes of all loads of a scenario together: 160 MB. */
#define LIMIT_SIMULATED_LOAD_MINUTES 20000000
/* What a simulated group or service may hold: the world keeps each of them. */
#define LIMIT_SIMULATED_INSTANCES 10000
#define LIMIT_SIMULATED_TASKS     100000
/* Actions of one simulated policy that are kept with their reasons: a change every few minutes for
 * a year; the rest is counted. */
#define LIMIT_SIMULATION_EVENTS 50000
/* Variants of one sweep: each is a whole simulation, and each is compared with all others. */
#define LIMIT_SWEEP_VARIANTS 10000
/* A simulation's result as JSON: 50 services of 3,000 points and all events stay under 100 MB. */
#define LIMIT_SIMULATION_JSON_BYTES (1024u * 1024 * 1024)
/* A line of a trace: a time and a number are under 60 bytes. Rows are only counted: what is kept
 * is one number a minute. */
#define LIMIT_TRACE_LINE_BYTES 1000
#define LIMIT_TRACE_ROWS       100000000

/* Parallel requests (--parallel): more would only be throttled, see docs/running.md. */
#define LIMIT_PARALLEL_MAX     256
#define LIMIT_PARALLEL_DEFAULT 32

#define LIMIT_CONNECT_TIMEOUT_MS 3000
#define LIMIT_REQUEST_TIMEOUT_MS 10000

/* Sizes that fit no real task or instance are refused: 2^40 MiB, 2^40 CPU units. */
#define LIMIT_RESOURCE_UNITS (INT64_C(1) << 40)
/* Tasks of one service, instances of one group: far above any ECS quota. */
#define LIMIT_COUNT 1000000

/* All inline policies of a role together, without white space (IAM's quota). */
#define LIMIT_POLICY_CHARACTERS 10240
/* A file of variables, and how many: Lambda takes 4 KB of them. */
#define LIMIT_ENV_FILE_BYTES     (256 * 1024)
#define LIMIT_ENV_FILE_VARIABLES 1000
/* A schedule expression: EventBridge's limit. */
#define LIMIT_SCHEDULE_BYTES 256
/* All variables of a function, as JSON: Lambda's limit. */
#define LIMIT_FUNCTION_VARIABLES_BYTES 4096

/* One log line, one reason, one message. */
#define LIMIT_LOG_LINE_BYTES (64u * 1024)
#define LIMIT_REASON_BYTES   (8u * 1024)

#endif
