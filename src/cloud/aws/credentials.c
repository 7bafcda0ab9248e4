/* Keeping, refreshing and handing out what the chain finds.
 *
 * Invariants: at most one fetch and at most one delivery are under way; waiters are answered from a
 * delivery only; who is waiting has a fetch or a delivery to wait for. */
#include "cloud/aws/credentials.h"

#include "base/clock.h"
#include "base/memory.h"
#include "cloud/aws/credentials_source.h"

#include "base/banned.h"

enum {
    ADVISORY_MS = 15 * 60 * 1000,  /* before expiry: refresh, but go on with the old ones */
    MANDATORY_MS = 10 * 60 * 1000, /* before expiry: wait for the new ones */
    BETWEEN_MS = 60 * 1000,        /* between two fetches while the old ones are valid */
    REJECT_AFTER_MS = 10 * 1000,
};

struct waiter {
    aws_credentials_done *done;
    void *context;
};

struct aws_credentials_provider {
    struct transport *transport;
    const struct aws_config *config; /* the borrowed one, or `reloaded` */
    struct aws_config reloaded;
    bool explicit_profile;
    int64_t (*wall_ms)(void);

    struct arena arena; /* texts of `credentials` */
    struct aws_credentials credentials;
    bool has_credentials;
    bool is_rejected;
    int64_t found_ms; /* loop's clock: the end of the last fetch that found some */
    int64_t tried_ms; /* and of the last one at all */

    bool is_fetching;
    struct arena fetch_arena;
    struct error failure; /* of the last fetch, to be told to those who waited for it */
    bool has_failure;     /* and there was nothing to go on with */

    bool is_delivery_due;
    struct waiter *waiters;
    size_t waiter_count;
};

struct aws_credentials_provider *aws_credentials_new(struct transport *transport,
                                                     const struct aws_config *config,
                                                     bool explicit_profile)
{
    struct aws_credentials_provider *provider = memory_new(1, sizeof(*provider));
    provider->transport = transport;
    provider->config = config;
    provider->explicit_profile = explicit_profile;
    provider->wall_ms = clock_wall_ms;
    return provider;
}

void aws_credentials_free(struct aws_credentials_provider *provider)
{
    if (provider == NULL)
        return;
    arena_release(&provider->arena);
    arena_release(&provider->fetch_arena);
    aws_config_release(&provider->reloaded);
    memory_free(provider->waiters);
    memory_free(provider);
}

void aws_credentials_clock(struct aws_credentials_provider *provider, int64_t (*wall_ms)(void))
{
    provider->wall_ms = wall_ms != NULL ? wall_ms : clock_wall_ms;
}

static int64_t time_left_ms(const struct aws_credentials_provider *provider)
{
    if (provider->credentials.expires_ms == INT64_MAX)
        return INT64_MAX;
    return provider->credentials.expires_ms - provider->wall_ms();
}

static bool is_within(const struct aws_credentials_provider *provider, int64_t since_ms,
                      int64_t time_ms)
{
    return transport_now_ms(provider->transport) - since_ms < time_ms;
}

/* Good for a caller now. Credentials that live short from the start are used, too. */
static bool is_usable(const struct aws_credentials_provider *provider)
{
    if (!provider->has_credentials || provider->is_rejected)
        return false;
    int64_t left_ms = time_left_ms(provider);
    return left_ms > MANDATORY_MS ||
           (left_ms > 0 && is_within(provider, provider->found_ms, BETWEEN_MS));
}

static bool should_refresh(const struct aws_credentials_provider *provider)
{
    return time_left_ms(provider) <= ADVISORY_MS &&
           !is_within(provider, provider->tried_ms, BETWEEN_MS);
}

/* Long-running: somebody's tool may have written new keys into the shared files since. */
static void reload_config(struct aws_credentials_provider *provider)
{
    struct aws_config fresh;
    struct arena arena = ARENA_INIT;
    const char *profile = arena_str(&arena, provider->config->profile).ptr;
    if (aws_config_load(&fresh, profile, NULL) == E_OK) {
        fresh.region = arena_str(&fresh.arena, provider->config->region);
        aws_config_release(&provider->reloaded);
        provider->reloaded = fresh;
        provider->config = &provider->reloaded;
    }
    arena_release(&arena);
}

static void deliver(void *context);

static void deliver_soon(struct aws_credentials_provider *provider)
{
    if (provider->is_delivery_due)
        return;
    provider->is_delivery_due = true;
    transport_after(provider->transport, 0, deliver, provider);
}

static void keep(struct aws_credentials_provider *provider, const struct aws_credentials *found)
{
    struct arena arena = ARENA_INIT;
    provider->credentials = (struct aws_credentials){
        .access_key_id = arena_str(&arena, found->access_key_id),
        .secret_access_key = arena_str(&arena, found->secret_access_key),
        .session_token = arena_str(&arena, found->session_token),
        .expires_ms = found->expires_ms,
        .source = arena_str(&arena, str_from(found->source)).ptr,
    };
    arena_release(&provider->arena);
    provider->arena = arena;
    provider->has_credentials = true;
    provider->is_rejected = false;
    provider->found_ms = transport_now_ms(provider->transport);
}

/* The fetch's memory stays until the delivery: the source that is answering still stands in it. */
static void on_fetched(void *context, const struct source_answer *answer)
{
    struct aws_credentials_provider *provider = context;
    provider->is_fetching = false;
    provider->tried_ms = transport_now_ms(provider->transport);
    if (answer->verdict == SOURCE_FOUND) {
        keep(provider, &answer->credentials);
    } else if (!is_usable(provider)) {
        provider->failure = answer->err;
        provider->has_failure = true;
    }
    deliver_soon(provider);
}

static void fetch(struct aws_credentials_provider *provider)
{
    if (provider->is_fetching)
        return;
    if (provider->is_rejected)
        reload_config(provider);
    arena_release(&provider->fetch_arena);
    provider->is_fetching = true;
    provider->has_failure = false;
    struct source_query *query = ARENA_NEW(&provider->fetch_arena, struct source_query);
    *query = (struct source_query){
        .transport = provider->transport,
        .config = provider->config,
        .arena = &provider->fetch_arena,
        .wall_ms = provider->wall_ms,
        .profile = provider->config->profile,
        .ignores_environment = provider->explicit_profile,
        .done = on_fetched,
        .context = provider,
    };
    credentials_chain_fetch(query);
}

/* Answers may get and reject again: the waiters are taken first. */
static void answer_all(struct aws_credentials_provider *provider, enum error_code code)
{
    struct waiter *waiters = provider->waiters;
    size_t count = provider->waiter_count;
    provider->waiters = NULL;
    provider->waiter_count = 0;
    struct error failure = provider->failure;
    for (size_t i = 0; i < count; i++)
        waiters[i].done(waiters[i].context, code, code == E_OK ? &provider->credentials : NULL,
                        code == E_OK ? NULL : &failure);
    memory_free(waiters);
}

static void deliver(void *context)
{
    struct aws_credentials_provider *provider = context;
    provider->is_delivery_due = false;
    if (!provider->is_fetching)
        arena_release(&provider->fetch_arena);
    if (provider->waiter_count == 0)
        return;
    if (is_usable(provider))
        answer_all(provider, E_OK);
    else if (provider->is_fetching)
        return; /* it ends in another delivery */
    else if (provider->has_failure)
        answer_all(provider, provider->failure.code);
    else
        fetch(provider); /* they became too old just now */
}

void aws_credentials_get(struct aws_credentials_provider *provider, aws_credentials_done *done,
                         void *context)
{
    provider->waiters =
        memory_resize(provider->waiters, provider->waiter_count + 1, sizeof(*provider->waiters));
    provider->waiters[provider->waiter_count++] = (struct waiter){done, context};
    if (!is_usable(provider)) {
        fetch(provider);
        return;
    }
    deliver_soon(provider);
    if (should_refresh(provider))
        fetch(provider); /* for those who come later */
}

void aws_credentials_reject(struct aws_credentials_provider *provider)
{
    if (provider->has_credentials && !is_within(provider, provider->found_ms, REJECT_AFTER_MS))
        provider->is_rejected = true;
}
