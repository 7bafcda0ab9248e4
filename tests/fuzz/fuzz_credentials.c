/* Hostile answers to the credential sources: one byte picks the source, then the answers follow,
 * separated by NUL, each with its HTTP status in its first byte (hundreds, as a digit). */
#include "cloud/aws/credentials.h"
#include "tests_fuzz.h"

#include "../unit/fake_transport.h"

#include "base/banned.h"

enum { REPLIES = 8 };

static const char *const profiles[] = {"imds", "box", "role"};

static void on_credentials(void *context, enum error_code code,
                           const struct aws_credentials *credentials, const struct error *err)
{
    (void)code;
    (void)err;
    if (credentials != NULL)
        *(size_t *)context += credentials->access_key_id.len;
}

static void configure(struct aws_config *config, size_t choice)
{
    static const char text[] = "[profile role]\nrole_arn = arn:aws:iam::1:role/r\n"
                               "region = eu-west-1\nsource_profile = role\n"
                               "aws_access_key_id = A\naws_secret_access_key = s\n";
    struct error err = ERROR_INIT;
    if (aws_config_parse(config, STR("config"), str_from(text), false, &err) != E_OK)
        abort();
    config->profile = str_from(profiles[choice]);
    unsetenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    if (choice == 1)
        setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/a", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct fake_reply replies[REPLIES + 1] = {0};
    struct fake_transport transport;
    struct aws_config config = {.arena = ARENA_INIT};
    fake_init(&transport, replies);
    transport.is_quiet = true;
    configure(&config, data[0] % ARRAY_LEN(profiles));
    struct str rest = {.ptr = (const char *)data + 1, .len = size - 1};
    struct str part = STR_NONE;
    for (size_t i = 0; i < REPLIES && str_split(&rest, '\0', &part); i++) {
        int hundreds = part.len > 0 ? part.ptr[0] - '0' : 2;
        replies[i].status = hundreds >= 1 && hundreds <= 5 ? 100 * hundreds : 200;
        replies[i].body = arena_str(&transport.arena, str_slice(part, 1, part.len)).ptr;
    }
    size_t found = 0;
    struct aws_credentials_provider *provider =
        aws_credentials_new(&transport.base, &config, false);
    aws_credentials_get(provider, on_credentials, &found);
    while (transport_step(&transport.base, INT64_MAX))
        continue;
    aws_credentials_free(provider);
    transport_free(&transport.base);
    aws_config_release(&config);
    return 0;
}
