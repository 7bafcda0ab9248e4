#include "lambda/package.h"

#include "base/executable.h"
#include "base/file.h"
#include "base/limits.h"
#include "http/ca_bundle.h"
#include "lambda/elf.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static const struct arch {
    const char *name;
    enum elf_machine machine;
} arches[] = {
    [PACKAGE_X86_64] = {"x86_64", ELF_X86_64},
    [PACKAGE_ARM64] = {"arm64", ELF_AARCH64},
};

const char *package_arch_name(enum package_arch arch)
{
    return arches[arch].name;
}

bool package_arch_from_name(struct str name, enum package_arch *arch)
{
    for (size_t i = 0; i < ARRAY_LEN(arches); i++) {
        if (!str_eq(name, str_from(arches[i].name)))
            continue;
        *arch = (enum package_arch)i;
        return true;
    }
    return false;
}

enum package_arch package_arch_host(void)
{
#if defined(__aarch64__)
    return PACKAGE_ARM64;
#else
    return PACKAGE_X86_64;
#endif
}

/* ---- the program ---- */

/* `content` is of `path`: can it run as that architecture's bootstrap? */
static enum error_code check_program(struct str content, const char *path, enum package_arch arch,
                                     struct error *err)
{
    struct elf elf = {.machine = ELF_OTHER};
    enum error_code code = elf_read(content, &elf, err);
    if (code == E_OK && elf.machine != arches[arch].machine)
        code = error_set(err, E_SYNTAX, "it is not built for %s", arches[arch].name);
    if (code == E_OK && !elf.is_static)
        code = error_set(err, E_SYNTAX,
                         "it needs shared libraries, which are not there in a function; 'make "
                         "static' builds one that needs none");
    if (code != E_OK)
        error_prefix(err, "cannot take '%s' for the function's program: ", path);
    return code;
}

/* There, and fit. */
static bool is_fit(const char *path, enum package_arch arch)
{
    struct buf content CLEANUP(buf_release) = BUF_INIT(LIMIT_PACKAGE_UNPACKED_BYTES);
    struct error ignored = ERROR_INIT;
    return access(path, R_OK) == 0 && file_read(path, &content, &ignored) == E_OK &&
           check_program(buf_str(&content), path, arch, &ignored) == E_OK;
}

enum error_code package_find_program(struct arena *arena, enum package_arch arch, struct str *path,
                                     struct error *err)
{
    const char *name = arches[arch].name;
    struct str folder = executable_folder(arena);
    const struct str places[] = {
        executable_path(arena),
        arena_printf(arena, "%.*s/../lib/ecs-autoscale/bootstrap-%s", STR_ARG(folder), name),
        arena_printf(arena, "%.*s/../static/%s/ecs-autoscale", STR_ARG(folder), name),
    };
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        if (!is_fit(places[i].ptr, arch))
            continue;
        *path = places[i];
        return E_OK;
    }
    return error_set(err, E_MISSING,
                     "there is no static program for %s: 'make static' in the source tree builds "
                     "it (then --program build/static/%s/ecs-autoscale, or install it as '%s')",
                     name, name, places[1].ptr);
}

/* ---- what goes in ---- */

struct part {
    struct str name;
    struct buf content;
    unsigned mode;
};

struct parts {
    struct arena arena;
    VEC(struct part) all;
};

static void parts_release(struct parts *parts)
{
    for (size_t i = 0; i < parts->all.count; i++)
        buf_release_secret(&parts->all.items[i].content);
    arena_release(&parts->arena);
}

static struct part *add_part(struct parts *parts, struct str name, size_t max_bytes)
{
    struct part *part = VEC_ADD(&parts->arena, &parts->all);
    *part = (struct part){.name = name, .content = BUF_INIT(max_bytes), .mode = 0644};
    return part;
}

static enum error_code add_program(const struct package_options *options, struct package *package,
                                   struct parts *parts, struct error *err)
{
    enum error_code code = E_OK;
    if (options->program != NULL)
        package->program = arena_str(&package->arena, str_from(options->program));
    else
        code = package_find_program(&package->arena, options->arch, &package->program, err);
    if (code != E_OK)
        return code;
    struct part *part = add_part(parts, STR("bootstrap"), LIMIT_PACKAGE_UNPACKED_BYTES);
    part->mode = 0755;
    code = file_read(package->program.ptr, &part->content, err);
    return code != E_OK
               ? code
               : check_program(buf_str(&part->content), package->program.ptr, options->arch, err);
}

static enum error_code add_ca_bundle(const struct package_options *options, struct package *package,
                                     struct parts *parts, struct error *err)
{
    const char *path = options->ca_bundle != NULL ? options->ca_bundle : ca_bundle_system();
    if (path == NULL)
        return error_set(err, E_MISSING,
                         "there are no CA certificates on this machine: install the package "
                         "ca-certificates, or name a file of them with --ca-bundle");
    package->ca_bundle = arena_str(&package->arena, str_from(path));
    struct part *part = add_part(parts, STR(CA_BUNDLE_BESIDE), LIMIT_CA_BUNDLE_BYTES);
    enum error_code code = file_read(path, &part->content, err);
    struct str begin = STR("-----BEGIN ");
    if (code == E_OK && str_find_str(buf_str(&part->content), begin) == part->content.len)
        code = error_set(err, E_SYNTAX, "'%s' holds no certificates (PEM)", path);
    return code;
}

static enum error_code add_definitions(const struct package_options *options,
                                       struct package *package, struct parts *parts,
                                       struct error *err)
{
    const struct loaded *loaded = options->definitions;
    if (loaded->error_count > 0)
        return error_set(err, E_DEFINITION, "definitions with errors are not packaged");
    for (size_t i = 0; i < loaded->files.count; i++) {
        struct str file = arena_str(&package->arena, loaded->files.items[i].file);
        size_t slash = str_find_last(file, '/');
        struct str base = slash < file.len ? str_slice(file, slash + 1, file.len) : file;
        struct str name = arena_printf(&package->arena, "clusters/%.*s", STR_ARG(base));
        struct part *part = add_part(parts, name, LIMIT_DEFINITION_BYTES);
        enum error_code code = file_read(file.ptr, &part->content, err);
        if (code != E_OK)
            return code;
    }
    return E_OK;
}

static int compare_parts(const void *a, const void *b)
{
    const struct part *left = a;
    const struct part *right = b;
    return str_compare(left->name, right->name);
}

/* ---- the zip ---- */

static enum error_code digest(struct package *package, struct error *err)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (EVP_Digest(package->zip.ptr, package->zip.len, sum, &len, EVP_sha256(), NULL) != 1)
        return error_set(err, E_IO, "OpenSSL gives no SHA-256");
    char text[2 * EVP_MAX_MD_SIZE];
    EVP_EncodeBlock((unsigned char *)text, sum, (int)len);
    assert(strlen(text) < sizeof(package->sha256_base64));
    memcpy(package->sha256_base64, text, strlen(text) + 1);
    return E_OK;
}

static enum error_code write_zip(struct package *package, struct parts *parts, struct error *err)
{
    qsort(parts->all.items, parts->all.count, sizeof(*parts->all.items), compare_parts);
    struct zip zip = ZIP_INIT(&package->arena, &package->zip);
    enum error_code code = E_OK;
    for (size_t i = 0; code == E_OK && i < parts->all.count; i++) {
        const struct part *part = &parts->all.items[i];
        package->unpacked_bytes += part->content.len;
        code = zip_add(&zip, part->name, buf_str(&part->content), part->mode, err);
    }
    if (code == E_OK)
        code = zip_finish(&zip, err);
    if (code == E_OK && package->unpacked_bytes > LIMIT_PACKAGE_UNPACKED_BYTES)
        code = error_set(err, E_LIMIT, "%zu bytes when unpacked, over the %u that Lambda takes",
                         package->unpacked_bytes, LIMIT_PACKAGE_UNPACKED_BYTES);
    package->entries = zip.entries.items;
    package->entry_count = zip.entries.count;
    return code == E_OK ? digest(package, err) : code;
}

enum error_code package_build(const struct package_options *options, struct package *out,
                              struct error *err)
{
    struct package package = {.arena = ARENA_INIT, .zip = BUF_INIT(LIMIT_PACKAGE_ZIP_BYTES)};
    struct parts parts CLEANUP(parts_release) = {.arena = ARENA_INIT};
    enum error_code code = add_definitions(options, &package, &parts, err);
    if (code == E_OK)
        code = add_program(options, &package, &parts, err);
    if (code == E_OK)
        code = add_ca_bundle(options, &package, &parts, err);
    if (code == E_OK)
        code = write_zip(&package, &parts, err);
    if (code == E_OK)
        *out = package;
    else
        package_release(&package);
    return code;
}

void package_release(struct package *package)
{
    buf_release(&package->zip);
    arena_release(&package->arena);
}
