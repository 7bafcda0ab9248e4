/* The shared config and credentials files: the same bytes as both. */
#include "cloud/aws/config.h"
#include "tests_fuzz.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {.ptr = (const char *)data, .len = size};
    struct aws_config config = {.arena = ARENA_INIT, .profile = STR("default")};
    struct error err = ERROR_INIT;
    if (aws_config_parse(&config, STR("config"), text, false, &err) == E_OK &&
        aws_config_parse(&config, STR("credentials"), text, true, &err) == E_OK)
        (void)aws_config_region(&config);
    aws_config_release(&config);
    return 0;
}
