/* argv → the table of commands; or, where AWS Lambda started it, its runtime. */
#include "command/command.h"
#include "lambda/runtime.h"

#include "base/banned.h"

int main(int argc, char **argv)
{
    return runtime_is_wanted(argc) ? runtime_main() : command_main(argc, argv);
}
