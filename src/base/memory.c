#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

void memory_out(void)
{
    static const char line[] = "ecs-autoscale: out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, line, sizeof(line) - 1);
    (void)ignored;
    _exit(1);
}

void *memory_new(size_t count, size_t size)
{
    void *block = calloc(count > 0 ? count : 1, size > 0 ? size : 1);
    if (block == NULL)
        memory_out();
    return block;
}

void *memory_resize(void *block, size_t count, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes))
        memory_out();
    void *resized = realloc(block, bytes > 0 ? bytes : 1);
    if (resized == NULL)
        memory_out();
    return resized;
}

void memory_free(void *block)
{
    free(block);
}

void memory_wipe(void *block, size_t size)
{
    if (block != NULL && size > 0)
        explicit_bzero(block, size);
}
