/* `ecs-autoscale schema`: the format of definitions, for editors and for the documentation. */
#include "command/command.h"

#include "base/buf.h"
#include "command/output.h"
#include "definition/schema.h"
#include "scenario/schema.h"

#include <string.h>

#include "base/banned.h"

enum { OUTPUT_BYTES = 1024 * 1024 };

static const struct option options[] = {
    {"--scenario", OPTION_FLAG, NULL, "of scenario files, in place of definitions", NULL, NULL, 0,
     0},
    {"--format", OPTION_CHOICE, "FORMAT", "what to print", "json", "json|markdown", 0, 0},
    {0},
};

static int run(const struct arguments *arguments)
{
    const struct schema *schema =
        arguments_get(arguments, "--scenario")->given ? &scenario_schema : &definition_schema;
    struct buf text CLEANUP(buf_release) = BUF_INIT(OUTPUT_BYTES);
    if (strcmp(arguments_get(arguments, "--format")->text, "markdown") == 0)
        schema_write_markdown(schema, &text);
    else
        schema_write_json(schema, &text);
    output_write(&text);
    return 0;
}

const struct command command_schema = {
    .name = "schema",
    .summary = "print the JSON Schema of definition or scenario files",
    .options = options,
    .description =
        "Prints the JSON Schema (draft 2020-12) of definition files. An editor that knows\n"
        "it completes keys and explains them; with the YAML language server put this in\n"
        "the first line of a definition:\n\n"
        "  # yaml-language-server: $schema=../ecs-autoscale.schema.json\n\n"
        "What a schema cannot say (min over max, an unknown metric in an expression),\n"
        "'ecs-autoscale validate' says. --format markdown prints the tables of keys in\n"
        "docs/definitions.md.\n\n"
        "--scenario does the same for the scenario files of 'simulate' (docs/simulation.md).\n",
    .examples = "  ecs-autoscale schema\n"
                "  ecs-autoscale schema --format markdown\n"
                "  ecs-autoscale schema --scenario\n",
    .run = run,
};
