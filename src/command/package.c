/* `ecs-autoscale package`: the zip file that is a Lambda function. */
#include "command/command.h"
#include "command/measure_start.h"
#include "command/output.h"
#include "command/print_findings.h"

#include "base/file.h"
#include "lambda/package.h"
#include "version.h"

#include <stdlib.h>

#include "base/banned.h"

enum { OUTPUT_BYTES = 64 * 1024 * 1024 };

static const struct option options[] = {
    {.name = "--definitions",
     .kind = OPTION_FOLDER,
     .value = "DIR",
     .help = "the folder of definitions (or one file)",
     .fallback = "clusters"},
    {.name = "-o",
     .kind = OPTION_FILE,
     .value = "FILE",
     .help = "the zip file to write",
     .fallback = "deployment.zip"},
    {.name = "--arch",
     .kind = OPTION_CHOICE,
     .value = "ARCH",
     .help = "the function's architecture",
     .fallback = "x86_64",
     .choices = PACKAGE_ARCHES},
    {.name = "--program",
     .kind = OPTION_FILE,
     .value = "FILE",
     .help = "the static program for it; else one is looked for"},
    {.name = "--ca-bundle",
     .kind = OPTION_FILE,
     .value = "FILE",
     .help = "the CA certificates to bring along; else this machine's"},
    {0},
};

/* Says what is wrong with them; the findings of `validate`. */
static enum error_code load(struct arena *arena, const char *path, struct loaded *loaded,
                            struct error *err)
{
    enum error_code code = definitions_load(arena, path, NULL, loaded, err);
    print_findings(loaded->diagnostics.items, loaded->diagnostics.count);
    if (code == E_OK && loaded->error_count > 0)
        code = error_set(err, E_DEFINITION, "nothing is packaged: %zu error%s in the definitions",
                         loaded->error_count, loaded->error_count == 1 ? "" : "s");
    return code;
}

static void add_megabytes(struct buf *out, size_t bytes)
{
    buf_addf(out, "%zu.%02zu MB", bytes / 1000000, bytes % 1000000 / 10000);
}

static void write_report(const char *path, const struct package *package, struct buf *out)
{
    buf_addf(out, "%s: ", path);
    add_megabytes(out, package->zip.len);
    buf_add(out, STR(", unpacked "));
    add_megabytes(out, package->unpacked_bytes);
    buf_addf(out, "\n  %10s %10s\n", "bytes", "in the zip");
    for (size_t i = 0; i < package->entry_count; i++) {
        const struct zip_entry *entry = &package->entries[i];
        buf_addf(out, "  %10zu %10zu  %.*s", entry->size, entry->packed, STR_ARG(entry->name));
        if (str_eq(entry->name, STR("bootstrap")))
            buf_addf(out, "  (%.*s)", STR_ARG(package->program));
        else if (str_find(entry->name, '/') == entry->name.len)
            buf_addf(out, "  (%.*s)", STR_ARG(package->ca_bundle));
        buf_add_char(out, '\n');
    }
    buf_addf(out, "sha256 %s\n", package->sha256_base64);
}

/* A program that runs here has to be of this very version; one for another machine cannot be asked.
 */
static enum error_code try_program(const struct package *package, enum package_arch arch,
                                   struct buf *out, struct error *err)
{
    if (arch != package_arch_host()) {
        buf_add(out, STR("start-up: not measured, it is for another machine\n"));
        return E_OK;
    }
    int64_t us = 0;
    struct str version = STR("ecs-autoscale " ECS_AUTOSCALE_VERSION "\n");
    enum error_code code = measure_start(package->program.ptr, version, &us, err);
    if (code == E_OK)
        buf_addf(out, "start-up: %lld.%02lld ms from start to exit of --version\n",
                 (long long)(us / 1000), (long long)(us % 1000 / 10));
    return code;
}

static enum error_code make(const struct arguments *arguments, struct buf *out, struct error *err)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct loaded loaded = {0};
    const struct option_value *program = arguments_get(arguments, "--program");
    const struct option_value *ca_bundle = arguments_get(arguments, "--ca-bundle");
    struct package_options wanted = {
        .definitions = &loaded,
        .program = program->given ? program->text : NULL,
        .ca_bundle = ca_bundle->given ? ca_bundle->text : NULL,
    };
    struct str arch = str_from(arguments_get(arguments, "--arch")->text);
    if (!package_arch_from_name(arch, &wanted.arch))
        return error_set(err, E_USAGE, "no such architecture: %.*s", STR_ARG(arch));
    const char *path = arguments_get(arguments, "-o")->text;
    enum error_code code =
        load(&arena, arguments_get(arguments, "--definitions")->text, &loaded, err);
    struct package package;
    if (code == E_OK)
        code = package_build(&wanted, &package, err);
    if (code != E_OK)
        return code;
    write_report(path, &package, out);
    code = try_program(&package, wanted.arch, out, err);
    if (code == E_OK)
        code = file_write(path, buf_str(&package.zip), err);
    package_release(&package);
    return code;
}

static int run(const struct arguments *arguments)
{
    struct buf out CLEANUP(buf_release) = BUF_INIT(OUTPUT_BYTES);
    struct error err = ERROR_INIT;
    enum error_code code = make(arguments, &out, &err);
    if (code == E_OK)
        output_write(&out);
    else
        fprintf(stderr, "ecs-autoscale package: %s\n", err.message);
    return error_exit_status(code);
}

const struct command command_package = {
    .name = "package",
    .summary = "write the zip file that runs as an AWS Lambda function",
    .options = options,
    .description =
        "Checks the definitions as 'validate' does, with the environment variables they\n"
        "use set, and writes a zip file for the runtime provided.al2023: the program, linked\n"
        "statically, as 'bootstrap'; the definitions in clusters/; CA certificates. It\n"
        "needs nothing else to run. The same inputs give the same bytes.\n\n"
        "The program is this one where it is static ('make static') and for that\n"
        "architecture; else lib/ecs-autoscale/bootstrap-ARCH beside bin/; else, in a source\n"
        "tree, build/static/ARCH/ecs-autoscale. --program names another.\n\n"
        "What is in it, its sizes, its SHA-256 as Lambda shows it and, where the program can\n"
        "run here, its start-up time are printed.\n\n"
        "Exit status: 0 where the file was written, else 1 and no file.\n",
    .examples = "  ecs-autoscale package --definitions clusters -o deployment.zip\n"
                "  ecs-autoscale package --arch arm64\n",
    .run = run,
};
