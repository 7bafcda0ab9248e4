/* The lock: one holder for a folder and region, gone with its process, no way around it. */
#include "unit.h"

#include "pass/lock.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/ecs-autoscale-test-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

static enum error_code take(struct lock *lock, const char *region, struct error *err)
{
    return lock_take(lock, folder, str_from(region), err);
}

static void the_second_is_told_who_holds_it(void **state)
{
    (void)state;
    struct lock first = LOCK_INIT;
    struct lock second = LOCK_INIT;
    struct error err = ERROR_INIT;
    assert_int_equal(take(&first, "eu-west-1", &err), E_OK);
    assert_int_equal(take(&second, "eu-west-1", &err), E_LOCKED);
    char holder[64];
    snprintf(holder, sizeof(holder), "process %ld of user ", (long)getpid());
    assert_non_null(strstr(err.message, holder));
    assert_non_null(strstr(err.message, folder));
    assert_int_equal(second.fd, -1);
    lock_release(&first);
    assert_int_equal(take(&second, "eu-west-1", &err), E_OK);
    lock_release(&second);
}

static void another_region_is_another_lock(void **state)
{
    (void)state;
    struct lock first = LOCK_INIT;
    struct lock second = LOCK_INIT;
    struct error err = ERROR_INIT;
    assert_int_equal(take(&first, "eu-west-1", &err), E_OK);
    assert_int_equal(take(&second, "us-east-1", &err), E_OK);
    lock_release(&first);
    lock_release(&second);
}

static void another_way_to_the_folder_is_the_same_lock(void **state)
{
    (void)state;
    struct lock first = LOCK_INIT;
    struct lock second = LOCK_INIT;
    struct error err = ERROR_INIT;
    char roundabout[sizeof(folder) + 8];
    snprintf(roundabout, sizeof(roundabout), "%s/.", folder);
    assert_int_equal(take(&first, "eu-west-1", &err), E_OK);
    assert_int_equal(lock_take(&second, roundabout, STR("eu-west-1"), &err), E_LOCKED);
    lock_release(&first);
}

static void it_goes_with_its_process(void **state)
{
    (void)state;
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t holder = fork();
    if (holder == 0) {
        struct lock lock = LOCK_INIT;
        char done = take(&lock, "eu-west-1", NULL) == E_OK ? 'y' : 'n';
        (void)!write(ready[1], &done, 1);
        pause();
        _exit(0);
    }
    char answer = 0;
    assert_int_equal(read(ready[0], &answer, 1), 1);
    assert_int_equal(answer, 'y');
    struct lock lock = LOCK_INIT;
    struct error err = ERROR_INIT;
    assert_int_equal(take(&lock, "eu-west-1", &err), E_LOCKED);
    kill(holder, SIGKILL);
    waitpid(holder, NULL, 0);
    assert_int_equal(take(&lock, "eu-west-1", &err), E_OK);
    lock_release(&lock);
    close(ready[0]);
    close(ready[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_second_is_told_who_holds_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_region_is_another_lock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_way_to_the_folder_is_the_same_lock, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(it_goes_with_its_process, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
