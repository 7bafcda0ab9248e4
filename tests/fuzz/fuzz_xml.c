#include "base/arena.h"
#include "cloud/aws/xml.h"
#include "tests_fuzz.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct xml_node *root = NULL;
    struct error err = ERROR_INIT;
    struct str text = {.ptr = (const char *)data, .len = size};
    int64_t number = 0;
    if (xml_parse(&arena, text, &root, &err) == E_OK)
        xml_int(xml_next(root->child), "member", &number);
    return 0;
}
