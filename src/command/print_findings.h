/* What is wrong with files, as a compiler would print it: on standard error (the result may be
 * JSON), with colours where that is a terminal. */
#ifndef COMMAND_PRINT_FINDINGS_H
#define COMMAND_PRINT_FINDINGS_H

#include "document/diagnostic.h"

void print_findings(const struct diagnostic *items, size_t count);

#endif
