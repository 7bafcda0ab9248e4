/* lambda/: what a program needs by its ELF header, and packages made of small ones. */
#include "unit.h"

#include "base/file.h"
#include "base/limits.h"
#include "lambda/elf.h"
#include "lambda/package.h"

#include <elf.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/test_package.XXXXXX";

/* An executable of one or two segments; the dynamic one names `libraries` libraries. */
struct sample {
    const char *name;
    unsigned class_;
    unsigned type;
    unsigned machine;
    unsigned segment; /* p_type */
    uint64_t offset;  /* of the segment; 0: right behind the headers */
    unsigned libraries;
    unsigned cut; /* bytes that are missing at the end */
    enum error_code code;
    enum elf_machine expected;
    bool is_static;
};

static const struct sample samples[] = {
    {"static", ELFCLASS64, ET_EXEC, EM_X86_64, PT_LOAD, 0, 0, 0, E_OK, ELF_X86_64, true},
    {"static pie", ELFCLASS64, ET_DYN, EM_X86_64, PT_DYNAMIC, 0, 0, 0, E_OK, ELF_X86_64, true},
    {"arm64", ELFCLASS64, ET_DYN, EM_AARCH64, PT_DYNAMIC, 0, 0, 0, E_OK, ELF_AARCH64, true},
    {"other", ELFCLASS64, ET_EXEC, EM_RISCV, PT_LOAD, 0, 0, 0, E_OK, ELF_OTHER, true},
    {"loader", ELFCLASS64, ET_DYN, EM_X86_64, PT_INTERP, 0, 0, 0, E_OK, ELF_X86_64, false},
    {"library", ELFCLASS64, ET_DYN, EM_X86_64, PT_DYNAMIC, 0, 1, 0, E_OK, ELF_X86_64, false},
    {"object", ELFCLASS64, ET_REL, EM_X86_64, PT_LOAD, 0, 0, 0, E_SYNTAX, 0, 0},
    {"32 bits", ELFCLASS32, ET_EXEC, EM_X86_64, PT_LOAD, 0, 0, 0, E_SYNTAX, 0, 0},
    {"cut", ELFCLASS64, ET_DYN, EM_X86_64, PT_DYNAMIC, 0, 1, 24, E_SYNTAX, 0, 0},
    {"beyond", ELFCLASS64, ET_DYN, EM_X86_64, PT_DYNAMIC, UINT64_MAX - 8, 1, 0, E_SYNTAX, 0, 0},
};

static void build(const struct sample *sample, struct buf *out)
{
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, (unsigned char)sample->class_, ELFDATA2LSB,
                    EV_CURRENT},
        .e_type = (Elf64_Half)sample->type,
        .e_machine = (Elf64_Half)sample->machine,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 1,
    };
    Elf64_Dyn dynamic[2] = {{.d_tag = sample->libraries > 0 ? DT_NEEDED : DT_NULL}};
    Elf64_Phdr segment = {
        .p_type = sample->segment,
        .p_offset = sample->offset > 0 ? sample->offset : sizeof(header) + sizeof(segment),
        .p_filesz = sizeof(dynamic),
    };
    buf_add(out, (struct str){.ptr = (const char *)&header, .len = sizeof(header)});
    buf_add(out, (struct str){.ptr = (const char *)&segment, .len = sizeof(segment)});
    buf_add(out, (struct str){.ptr = (const char *)dynamic, .len = sizeof(dynamic)});
    out->len -= sample->cut;
}

static void headers_say_what_a_program_needs(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        struct buf file CLEANUP(buf_release) = BUF_INIT(4096);
        struct elf elf = {.machine = ELF_OTHER};
        struct error err = ERROR_INIT;
        build(&samples[i], &file);
        enum error_code code = elf_read(buf_str(&file), &elf, &err);
        if (code != samples[i].code || (code == E_OK && (elf.machine != samples[i].expected ||
                                                         elf.is_static != samples[i].is_static)))
            fail_msg("%s: %s, machine %d, static %d", samples[i].name, error_name(code),
                     (int)elf.machine, elf.is_static);
    }
    struct elf elf;
    assert_int_equal(elf_read(STR("#!/bin/sh\n"), &elf, NULL), E_SYNTAX);
    assert_int_equal(elf_read(STR(""), &elf, NULL), E_SYNTAX);
}

/* ---- packages ---- */

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, struct str content)
{
    struct error err = ERROR_INIT;
    if (file_write(path_of(name), content, &err) != E_OK)
        fail_msg("%s", err.message);
}

static int make_folder(void **state)
{
    (void)state;
    struct buf file CLEANUP(buf_release) = BUF_INIT(4096);
    if (mkdtemp(folder) == NULL)
        return -1;
    build(&samples[0], &file);
    put("program", buf_str(&file));
    put("ca.pem", STR("-----BEGIN CERTIFICATE-----\n"));
    put("b.yml", STR("autoscale_group: null\nservices: {}\n"));
    put("a.yaml", STR("autoscale_group: null\nservices: {}\n"));
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"program", "ca.pem", "b.yml", "a.yaml", "big"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlink(path_of(names[i]));
    return rmdir(folder);
}

static enum error_code package(struct loaded *loaded, const char *program, enum package_arch arch,
                               struct package *out, struct error *err)
{
    char program_path[128];
    char ca_path[128];
    snprintf(program_path, sizeof(program_path), "%s", path_of(program));
    snprintf(ca_path, sizeof(ca_path), "%s", path_of("ca.pem"));
    const struct package_options options = {
        .definitions = loaded, .arch = arch, .program = program_path, .ca_bundle = ca_path};
    return package_build(&options, out, err);
}

static void a_package_is_sorted_and_always_the_same(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct loaded loaded = {0};
    struct error err = ERROR_INIT;
    assert_int_equal(definitions_load(&arena, folder, NULL, &loaded, &err), E_OK);
    assert_int_equal(loaded.files.count, 2);
    struct package first;
    struct package second;
    if (package(&loaded, "program", PACKAGE_X86_64, &first, &err) != E_OK ||
        package(&loaded, "program", PACKAGE_X86_64, &second, &err) != E_OK)
        fail_msg("%s", err.message);
    static const char *const names[] = {"bootstrap", "ca-certificates.crt", "clusters/a.yaml",
                                        "clusters/b.yml"};
    assert_int_equal(first.entry_count, ARRAY_LEN(names));
    size_t sum = 0;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_str(first.entries[i].name, names[i]);
        assert_int_equal(first.entries[i].mode, i == 0 ? 0755 : 0644);
        sum += first.entries[i].size;
    }
    assert_int_equal(first.unpacked_bytes, sum);
    assert_int_equal(first.zip.len, second.zip.len);
    assert_memory_equal(first.zip.ptr, second.zip.ptr, first.zip.len);
    assert_string_equal(first.sha256_base64, second.sha256_base64);
    assert_int_equal(strlen(first.sha256_base64), 44);
    package_release(&first);
    package_release(&second);
}

static void what_cannot_run_is_refused(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct loaded loaded = {0};
    struct error err = ERROR_INIT;
    struct package out = {.entry_count = 77};
    assert_int_equal(definitions_load(&arena, folder, NULL, &loaded, &err), E_OK);
    assert_int_equal(package(&loaded, "program", PACKAGE_ARM64, &out, &err), E_SYNTAX);
    assert_non_null(strstr(err.message, "not built for arm64"));
    assert_int_equal(package(&loaded, "a.yaml", PACKAGE_X86_64, &out, &err), E_SYNTAX);
    assert_int_equal(package(&loaded, "none", PACKAGE_X86_64, &out, &err), E_MISSING);
    put("ca.pem", STR("not a certificate"));
    assert_int_equal(package(&loaded, "program", PACKAGE_X86_64, &out, &err), E_SYNTAX);
    put("ca.pem", STR("-----BEGIN CERTIFICATE-----\n"));
    loaded.error_count = 1;
    assert_int_equal(package(&loaded, "program", PACKAGE_X86_64, &out, &err), E_DEFINITION);
    assert_int_equal(out.entry_count, 77);
}

static void one_over_the_limit_is_refused(void **state)
{
    (void)state;
    struct buf zipped CLEANUP(buf_release) = BUF_INIT(150);
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct zip zip = ZIP_INIT(&arena, &zipped);
    struct error err = ERROR_INIT;
    assert_int_equal(zip_add(&zip, STR("a"), STR("aaaa"), 0644, &err), E_OK);
    assert_int_equal(zip_add(&zip, STR("b"), STR("bbbb"), 0644, &err), E_OK);
    assert_int_equal(zip_finish(&zip, &err), E_LIMIT);
    assert_non_null(strstr(err.message, "larger than 150 bytes"));
}

static void architectures_have_lambdas_names(void **state)
{
    (void)state;
    enum package_arch arch = PACKAGE_X86_64;
    assert_true(package_arch_from_name(STR("arm64"), &arch));
    assert_int_equal(arch, PACKAGE_ARM64);
    assert_false(package_arch_from_name(STR("aarch64"), &arch));
    assert_string_equal(package_arch_name(PACKAGE_X86_64), "x86_64");
    assert_string_equal(PACKAGE_ARCHES, "x86_64|arm64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_say_what_a_program_needs),
        cmocka_unit_test(a_package_is_sorted_and_always_the_same),
        cmocka_unit_test(what_cannot_run_is_refused),
        cmocka_unit_test(one_over_the_limit_is_refused),
        cmocka_unit_test(architectures_have_lambdas_names),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
