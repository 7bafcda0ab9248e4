#include "lambda/elf.h"
#include "tests_fuzz.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str file = {.ptr = (const char *)data, .len = size};
    struct elf elf = {.machine = ELF_OTHER};
    struct error err = ERROR_INIT;
    return elf_read(file, &elf, &err) == E_OK ? 0 : -1;
}
