/* main() of a fuzz target built without libFuzzer: runs it on every file of the folders named. */
#include "base/buf.h"
#include "tests_fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { INPUT_MAX = 16 * 1024 * 1024 };

static int run_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    struct buf input CLEANUP(buf_release) = BUF_INIT(INPUT_MAX);
    char chunk[65536];
    size_t count = 0;
    while ((count = fread(chunk, 1, sizeof(chunk), file)) > 0)
        buf_add(&input, (struct str){.ptr = chunk, .len = count});
    fclose(file);
    LLVMFuzzerTestOneInput((const uint8_t *)buf_cstr(&input), input.len);
    return 0;
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL) {
            perror(argv[i]);
            return 1;
        }
        for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
            if (entry->d_name[0] == '.')
                continue;
            if (run_file(argv[i], entry->d_name) != 0)
                return 1;
            count++;
        }
        closedir(folder);
    }
    printf("%d inputs\n", count);
    return count > 0 ? 0 : 1; /* a target without a corpus tests nothing */
}
