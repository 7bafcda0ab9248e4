/* cloud/aws/: every fault of every operation ends in the right status of the right facts, by
 * tests/tables/aws_faults.txt. */
#include "unit.h"

#include "cloud_fixture.h"

/* The facts that need an operation. */
static const struct {
    const char *operation;
    unsigned kinds; /* a bit for each enum query_kind */
} readers[] = {
    {"DescribeServices", 1u << QUERY_SERVICE | 1u << QUERY_DAEMONS},
    {"DescribeContainerInstances", 1u << QUERY_INSTANCES | 1u << QUERY_INSTANCE},
    {"DescribeTasks", 1u << QUERY_INSTANCE_TASKS},
    {"DescribeTaskDefinition", 1u << QUERY_TASK_DEFINITION},
    {"DescribeCapacityProviders", 1u << QUERY_CAPACITY_PROVIDER},
    {"ListContainerInstances", 1u << QUERY_INSTANCES},
    {"ListServices", 1u << QUERY_DAEMONS},
    {"ListTasks", 1u << QUERY_INSTANCE_TASKS},
    {"DescribeAutoScalingGroups", 1u << QUERY_GROUP},
    {"GetMetricData", 1u << QUERY_STATISTIC},
    {"http", 1u << QUERY_HTTP},
};
static const struct {
    const char *operation;
    enum action_kind kind;
} actors[] = {
    {"UpdateService", ACTION_SERVICE_IN},
    {"UpdateContainerInstancesState", ACTION_DRAIN},
    {"UpdateAutoScalingGroup", ACTION_GROUP_BOUNDS},
    {"SetDesiredCapacity", ACTION_GROUP_CAPACITY},
    {"TerminateInstanceInAutoScalingGroup", ACTION_TERMINATE},
};

static const char *const names[QUERY_KIND_COUNT] = {
    [QUERY_GROUP] = "fleet",
    [QUERY_SERVICE] = "worker",
    [QUERY_INSTANCES] = "",
    [QUERY_INSTANCE] = ACCOUNT_ARN "container-instance/shop/0001",
    [QUERY_INSTANCE_TASKS] = ACCOUNT_ARN "container-instance/shop/0001",
    [QUERY_TASK_DEFINITION] = "worker:7",
    [QUERY_DAEMONS] = "",
    [QUERY_CAPACITY_PROVIDER] = "fleet",
    [QUERY_STATISTIC] = "CPUUtilization",
    [QUERY_HTTP] = "",
};

static int cells;
static int wrong;

static void check_queries(const char *operation, const char *fault, unsigned kinds, bool is_failure,
                          struct query **queries)
{
    for (int kind = 0; kind < QUERY_KIND_COUNT; kind++) {
        const struct query *query = queries[kind];
        enum fact_status expected =
            is_failure && (kinds & 1u << kind) != 0 ? FACT_FAILED : FACT_PRESENT;
        bool has_reason = (query->fact.reason.len > 0) == (expected == FACT_FAILED);
        if (query->fact.status == expected && fixture_deliveries(query) == 1 && has_reason)
            continue;
        wrong++;
        print_error("%s %s: query %d is %s, %s expected; '%.*s'\n", operation, fault, kind,
                    fact_status_name(query->fact.status), fact_status_name(expected),
                    STR_ARG(query->fact.reason));
    }
}

static void check_reader(const char *operation, enum account_fault fault, const char *fault_name,
                         bool is_failure, unsigned kinds)
{
    struct fixture f;
    struct query *queries[QUERY_KIND_COUNT];
    fixture_init(&f);
    f.account.broken = operation;
    f.account.fault = fault;
    for (int kind = 0; kind < QUERY_KIND_COUNT; kind++)
        queries[kind] = fixture_ask(&f, (enum query_kind)kind, names[kind]);
    fixture_run(&f);
    check_queries(operation, fault_name, kinds, is_failure, queries);
    assert_in_range(f.account.broken_calls, 1, 10); /* no loop is followed for long */
    fixture_release(&f);
}

static void check_actor(const char *operation, enum account_fault fault, const char *fault_name,
                        bool is_failure, enum action_kind kind)
{
    struct fixture f;
    fixture_init(&f);
    f.account.broken = operation;
    f.account.fault = fault;
    struct act *act = fixture_act(&f, kind);
    fixture_run(&f);
    enum outcome_status expected = is_failure ? OUTCOME_FAILED : OUTCOME_APPLIED;
    bool is_sent_again =
        fault == FAULT_TIMEOUT && kind == ACTION_TERMINATE && f.account.broken_calls != 1;
    if (act->outcome->status != expected || *(int *)act->context != 1 || is_sent_again ||
        (act->outcome->reason.len > 0) != is_failure) {
        wrong++;
        print_error("%s %s: %s, %s expected; '%.*s'\n", operation, fault_name,
                    outcome_status_name(act->outcome->status), outcome_status_name(expected),
                    STR_ARG(act->outcome->reason));
    }
    fixture_release(&f);
}

static void check_cell(const char *operation, const char *fault_name, const char *expected)
{
    static const char *const faults[] = {
#define ACCOUNT_FAULT_NAME(name, text) [FAULT_##name] = (text),
        ACCOUNT_FAULTS(ACCOUNT_FAULT_NAME)
#undef ACCOUNT_FAULT_NAME
    };
    size_t fault = 0;
    while (fault < ARRAY_LEN(faults) && strcmp(faults[fault], fault_name) != 0)
        fault++;
    if (fault == ARRAY_LEN(faults))
        fail_msg("no such fault: %s", fault_name);
    if (strcmp(expected, "-") == 0)
        return;
    bool is_failure = strcmp(expected, "failed") == 0;
    assert_true(is_failure || strcmp(expected, "same") == 0);
    cells++;
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
        if (strcmp(readers[i].operation, operation) == 0) {
            check_reader(operation, (enum account_fault)fault, fault_name, is_failure,
                         readers[i].kinds);
            return;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(actors); i++) {
        if (strcmp(actors[i].operation, operation) == 0) {
            check_actor(operation, (enum account_fault)fault, fault_name, is_failure,
                        actors[i].kind);
            return;
        }
    }
    fail_msg("no such operation: %s", operation);
}

enum { COLUMNS_MAX = 32, WORD_MAX = 64 };

static int read_words(const char *line, char words[COLUMNS_MAX][WORD_MAX])
{
    int count = 0;
    int used = 0;
    while (count < COLUMNS_MAX && sscanf(line, "%63s%n", words[count], &used) == 1) {
        line += used;
        count++;
    }
    return count;
}

static void faults_end_in_the_right_facts(void **state)
{
    (void)state;
    static char faults[COLUMNS_MAX][WORD_MAX];
    static char words[COLUMNS_MAX][WORD_MAX];
    char line[1024];
    int columns = 0;
    FILE *file = fopen(TESTS_DIR "/tables/aws_faults.txt", "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        if (columns == 0) {
            columns = read_words(line, faults);
            continue;
        }
        assert_int_equal(read_words(line, words), columns);
        for (int i = 1; i < columns; i++)
            check_cell(words[0], faults[i], words[i]);
    }
    fclose(file);
    assert_true(cells > 200);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(faults_end_in_the_right_facts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
