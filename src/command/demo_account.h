/* The demo's two ends: the wire front of the simulated account on a free loopback port, served by a
 * thread, and the normal program's account, which reaches it over HTTP as it would reach AWS. */
#ifndef COMMAND_DEMO_ACCOUNT_H
#define COMMAND_DEMO_ACCOUNT_H

#include "cloud/cloud.h"
#include "cloud/sim/world.h"

struct demo_account;

/* Listens, starts the thread, and points this process's environment at it (AWS_ENDPOINT_URL, keys,
 * no shared files, no proxy). E_IO where it cannot. The world may be touched by the caller only
 * between demo_account_hold(…, true) and (…, false), and is held on return. */
NODISCARD enum error_code demo_account_open(struct sim_world *world, struct demo_account **out,
                                            struct error *err);
void demo_account_hold(struct demo_account *account, bool held);
int demo_account_port(const struct demo_account *account);
struct cloud *demo_account_cloud(struct demo_account *account); /* freed with it */
void demo_account_close(struct demo_account *account);          /* may be NULL; must be held */

#endif
