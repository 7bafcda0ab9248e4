/* A Lambda function's deployment package: a zip file in memory that runs on a file system holding
 * nothing else. In it: `bootstrap`, the static program; clusters/ with the definitions; the CA
 * certificates. The same inputs give the same bytes. docs/lambda-package.md. */
#ifndef LAMBDA_PACKAGE_H
#define LAMBDA_PACKAGE_H

#include "base/buf.h"
#include "definition/load.h"
#include "lambda/zip.h"

enum package_arch { PACKAGE_X86_64, PACKAGE_ARM64 };

#define PACKAGE_ARCHES "x86_64|arm64" /* as Lambda names them, in the enum's order */

struct package_options {
    const struct loaded *definitions; /* of definitions_load(), findings already shown */
    enum package_arch arch;
    const char *program;   /* NULL: package_find_program() */
    const char *ca_bundle; /* NULL: the system's */
};

enum { PACKAGE_SHA256_SIZE = 48 };

struct package {
    struct arena arena;
    struct buf zip;
    char sha256_base64[PACKAGE_SHA256_SIZE]; /* what Lambda calls CodeSha256; NUL-terminated */
    size_t unpacked_bytes;
    const struct zip_entry *entries; /* by name */
    size_t entry_count;
    struct str program;   /* the file that became `bootstrap` */
    struct str ca_bundle; /* the file that came along as CA_BUNDLE_BESIDE */
};

/* Releases nothing and fills `*out` on E_OK only; package_release() then gives it back.
 * E_DEFINITION: a definition has an error (all of them are diagnostics already). E_MISSING: no
 * program for that architecture, or no CA certificates. E_SYNTAX: the program is of another
 * architecture or not static. E_LIMIT: over Lambda's limits. E_IO. */
NODISCARD enum error_code package_build(const struct package_options *options, struct package *out,
                                        struct error *err);
void package_release(struct package *package);

/* The static program of an architecture: this very program; else lib/ecs-autoscale/bootstrap-ARCH
 * of where it is installed; else static/ARCH/ecs-autoscale of the build folder it stands in.
 * E_MISSING says how to get one. The path is in `arena`. */
NODISCARD enum error_code package_find_program(struct arena *arena, enum package_arch arch,
                                               struct str *path, struct error *err);

const char *package_arch_name(enum package_arch arch);
NODISCARD bool package_arch_from_name(struct str name, enum package_arch *arch);
/* The architecture this program was built for. */
enum package_arch package_arch_host(void);

#endif
