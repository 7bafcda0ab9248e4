/* argv → the table of commands. */
#include "command/command.h"

#include "base/banned.h"

int main(int argc, char **argv)
{
    return command_main(argc, argv);
}
