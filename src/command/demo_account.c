/* Invariants: one account a process (the wall clock has no context); the lock is the world's. */
#include "command/demo_account.h"

#include "base/memory.h"
#include "cloud/sim/wire_server.h"
#include "cloud/sim/wire_transport.h"
#include "pass/account.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

struct demo_account {
    struct sim_world *world;
    struct transport *wire;
    struct wire_server *server;
    struct account account;
    pthread_mutex_t lock;
    pthread_t thread;
    atomic_bool is_stopping;
    bool has_thread;
};

static const struct sim_world *current_world;

static int64_t world_wall_ms(void)
{
    return sim_world_now_ms(current_world);
}

static void lock(void *context)
{
    pthread_mutex_lock(&((struct demo_account *)context)->lock);
}

static void unlock(void *context)
{
    pthread_mutex_unlock(&((struct demo_account *)context)->lock);
}

static bool is_stopping(void *context)
{
    return atomic_load(&((struct demo_account *)context)->is_stopping);
}

static void *serve(void *context)
{
    struct demo_account *demo = context;
    wire_server_run(demo->server, is_stopping, demo);
    return NULL;
}

/* Signals are the main thread's. */
static bool start_thread(struct demo_account *demo)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    demo->has_thread = pthread_create(&demo->thread, NULL, serve, demo) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return demo->has_thread;
}

static void set_environment(int port)
{
    static const char *const variables[][2] = {
        {"AWS_ACCESS_KEY_ID", "demo"},    {"AWS_SECRET_ACCESS_KEY", "demo"},
        {"AWS_CONFIG_FILE", "/dev/null"}, {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"},
        {"no_proxy", "127.0.0.1"},        {"NO_PROXY", "127.0.0.1"},
    };
    static const char *const removed[] = {"AWS_PROFILE",
                                          "AWS_SESSION_TOKEN",
                                          "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                                          "AWS_ENDPOINT_URL_ECS",
                                          "AWS_ENDPOINT_URL_AUTO_SCALING",
                                          "AWS_ENDPOINT_URL_CLOUDWATCH"};
    char url[64];
    for (size_t i = 0; i < ARRAY_LEN(variables); i++)
        setenv(variables[i][0], variables[i][1], 1);
    for (size_t i = 0; i < ARRAY_LEN(removed); i++)
        unsetenv(removed[i]);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
    setenv("AWS_ENDPOINT_URL", url, 1);
}

static enum error_code open_server(struct demo_account *demo, struct error *err)
{
    const struct wire_transport_options wire = {
        .world = demo->world, .speed = -1, /* it stands still while a pass looks at it */
    };
    struct wire_server_options options = {.lock = lock, .unlock = unlock, .context = demo};
    enum error_code code = wire_address_parse(STR("127.0.0.1:0"), &options.address, err);
    if (code != E_OK)
        return code;
    demo->wire = wire_transport_new(&wire);
    options.transport = demo->wire;
    options.wire = demo->wire;
    return wire_server_open(&options, &demo->server, err);
}

enum error_code demo_account_open(struct sim_world *world, struct demo_account **out,
                                  struct error *err)
{
    struct demo_account *demo = memory_new(1, sizeof(*demo));
    const struct account_options options = {.wall_ms = world_wall_ms};
    demo->world = world;
    current_world = world;
    pthread_mutex_init(&demo->lock, NULL);
    lock(demo);
    enum error_code code = open_server(demo, err);
    if (code == E_OK) {
        set_environment(wire_server_port(demo->server));
        code = account_open(&demo->account, &options, err);
    }
    if (code == E_OK && !start_thread(demo))
        code = error_set(err, E_IO, "no thread can be started");
    if (code != E_OK) {
        demo_account_close(demo);
        return code;
    }
    *out = demo;
    return E_OK;
}

void demo_account_hold(struct demo_account *account, bool held)
{
    if (held)
        lock(account);
    else
        unlock(account);
}

int demo_account_port(const struct demo_account *account)
{
    return wire_server_port(account->server);
}

struct cloud *demo_account_cloud(struct demo_account *account)
{
    return account->account.cloud;
}

void demo_account_close(struct demo_account *account)
{
    if (account == NULL)
        return;
    unlock(account);
    if (account->has_thread) {
        atomic_store(&account->is_stopping, true);
        pthread_join(account->thread, NULL);
    }
    account_release(&account->account);
    wire_server_close(account->server);
    transport_free(account->wire);
    pthread_mutex_destroy(&account->lock);
    memory_free(account);
}
