#include "lambda/elf.h"

#include <elf.h>
#include <string.h>

#include "base/banned.h"

/* A copy of `size` bytes at `offset`, wherever that is aligned; false: not all in the file. */
static bool copy_at(struct str file, uint64_t offset, void *to, size_t size)
{
    if (offset > file.len || size > file.len - offset)
        return false;
    memcpy(to, file.ptr + offset, size);
    return true;
}

static bool is_executable(const Elf64_Ehdr *header)
{
    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_ident[EI_DATA] == ELFDATA2LSB &&
           (header->e_type == ET_EXEC || header->e_type == ET_DYN) &&
           header->e_phentsize == sizeof(Elf64_Phdr);
}

/* False: the segment is not all in the file. */
static bool read_dynamic(struct str file, const Elf64_Phdr *segment, bool *needs_library)
{
    for (uint64_t at = 0; at + sizeof(Elf64_Dyn) <= segment->p_filesz; at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn entry;
        if (segment->p_offset > file.len ||
            !copy_at(file, segment->p_offset + at, &entry, sizeof(entry)))
            return false;
        if (entry.d_tag == DT_NULL)
            return true;
        if (entry.d_tag == DT_NEEDED)
            *needs_library = true;
    }
    return true;
}

enum error_code elf_read(struct str file, struct elf *out, struct error *err)
{
    Elf64_Ehdr header;
    if (!copy_at(file, 0, &header, sizeof(header)) || !is_executable(&header))
        return error_set(err, E_SYNTAX, "it is no executable for Linux (64-bit ELF)");
    bool needs_loader = false;
    bool needs_library = false;
    for (size_t i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr segment;
        if (header.e_phoff > file.len ||
            !copy_at(file, header.e_phoff + i * sizeof(segment), &segment, sizeof(segment)) ||
            (segment.p_type == PT_DYNAMIC && !read_dynamic(file, &segment, &needs_library)))
            return error_set(err, E_SYNTAX, "it is cut short: its headers point beyond its end");
        if (segment.p_type == PT_INTERP)
            needs_loader = true;
    }
    out->machine = header.e_machine == EM_X86_64    ? ELF_X86_64
                   : header.e_machine == EM_AARCH64 ? ELF_AARCH64
                                                    : ELF_OTHER;
    out->is_static = !needs_loader && !needs_library;
    return E_OK;
}
