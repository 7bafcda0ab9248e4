/* A child process whose output is read without ever waiting for it: for credential_process. No
 * shell; standard input is empty; it leads a process group of its own, which is killed as one. */
#ifndef CLOUD_AWS_PROCESS_H
#define CLOUD_AWS_PROCESS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#include <sys/types.h>

struct process {
    pid_t pid; /* 0: none, or it has ended */
    int stdout_fd;
    int stderr_fd;
    struct buf output; /* refuses more than its maximum: then `overflowed` */
    struct buf errors; /* the first bytes; the rest is read and dropped */
    int status;        /* waitpid's, once it has ended */
};

/* Splits a command line as a POSIX shell splits words: white space, '…', "…" with \" and \\, and
 * \x outside of quotes; nothing is expanded. NULL-terminated, in `arena`. E_SYNTAX for an open
 * quote or no word at all. */
NODISCARD enum error_code process_split(struct arena *arena, struct str line, char ***argv,
                                        struct error *err);

/* Starts argv[0], looked for in PATH. E_IO, and nothing to release then. */
NODISCARD enum error_code process_start(struct process *process, char *const argv[],
                                        size_t output_max, struct error *err);

/* Reads what there is. True once the process itself has ended; its own children may go on. */
bool process_poll(struct process *process);

/* Kills it where it still runs, collects it, wipes what it has printed. */
void process_release(struct process *process);

#endif
