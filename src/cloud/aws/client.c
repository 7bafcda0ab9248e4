#include "base/clock.h"
#include "base/memory.h"
#include "cloud/aws/client_state.h"
#include "cloud/aws/retry.h"

#include <sys/random.h>

#include "base/banned.h"

enum error_code aws_client_new(const struct aws_client_options *options, struct aws_client **out,
                               struct error *err)
{
    struct aws_client *client = memory_new(1, sizeof(*client));
    enum error_code code = aws_config_load(&client->config, options->profile, err);
    if (code != E_OK) {
        aws_config_release(&client->config);
        memory_free(client);
        return code;
    }
    client->transport = options->transport;
    /* In the config, too: the credentials' own calls to STS go to that region. */
    client->config.region = arena_str(&client->config.arena, str_from(options->region));
    client->region = aws_config_region(&client->config);
    client->credentials = aws_credentials_new(
        client->transport, &client->config, options->profile != NULL && *options->profile != '\0');
    client->quota = RETRY_QUOTA;
    client->no_jitter = options->retry_jitter_fixed;
    if (getrandom(&client->random, sizeof(client->random), GRND_NONBLOCK) < 0)
        client->random = (uint64_t)clock_steady_us();
    *out = client;
    return E_OK;
}

void aws_client_free(struct aws_client *client)
{
    if (client == NULL)
        return;
    aws_credentials_free(client->credentials);
    aws_config_release(&client->config);
    memory_free(client);
}

struct str aws_client_region(const struct aws_client *client)
{
    return client->region;
}

void aws_client_trace(struct aws_client *client, struct str trace_id)
{
    enum { LONGEST = 1024 }; /* the longest in use have about 200 bytes */
    client->trace_id = trace_id.len <= LONGEST ? trace_id : STR_NONE;
    for (size_t i = 0; i < client->trace_id.len; i++) {
        if (trace_id.ptr[i] < '!' || trace_id.ptr[i] > '~')
            client->trace_id = STR_NONE;
    }
}

void aws_client_log(struct aws_client *client, struct call_log *log,
                    void (*progress)(void *context), void *progress_context)
{
    client->log = log;
    client->progress = progress;
    client->progress_context = progress_context;
}

/* SplitMix64: spreads retries of many machines, keeps no secret. */
double aws_client_random(struct aws_client *client)
{
    if (client->no_jitter)
        return 1;
    client->random += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = client->random;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-53;
}
