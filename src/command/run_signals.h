/* SIGINT and SIGTERM, counted: the first lets the pass in hand finish, the second ends it. The one
 * piece of state that a signal handler can reach. */
#ifndef COMMAND_RUN_SIGNALS_H
#define COMMAND_RUN_SIGNALS_H

#include <stdint.h>

void signals_watch(void);
int signals_count(void);
/* Sleeps, at most until a signal comes (also one that came already). */
void signals_sleep(int64_t ms);

#endif
