/* The program as an AWS Lambda custom runtime (provided.al2023): init, then one pass an invocation,
 * until the sandbox goes. docs/lambda-runtime.md is its page. */
#ifndef LAMBDA_RUNTIME_H
#define LAMBDA_RUNTIME_H

#include <stdbool.h>

/* Started by Lambda: AWS_LAMBDA_RUNTIME_API is set, and there is no command. */
bool runtime_is_wanted(int argc);

/* Comes back only when there is no going on; gives the exit status. */
int runtime_main(void);

#endif
