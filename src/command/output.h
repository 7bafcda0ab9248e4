/* The program's standard output: everything a command prints as its result goes through here, so
 * that what could not be written (a full disk) makes the exit status non-zero, and a reader that
 * went away (| head) ends quietly. Process-wide; single-threaded. */
#ifndef COMMAND_OUTPUT_H
#define COMMAND_OUTPUT_H

#include "base/buf.h"

#include <stdbool.h>

/* At the very start of the program: standard streams that are closed become /dev/null, so that no
 * file opened later takes their place; a write to a closed pipe is an error, not the end. */
void output_init(void);

void output_write(const struct buf *text);
void output_flush(void);

/* Has a write failed already? More of it is pointless. */
bool output_is_broken(void);

/* At the end: writes what is left; gives `status`, or 1 in place of 0 where output was lost to
 * anything but a reader that went away, and says so on stderr. */
int output_end(int status);

#endif
