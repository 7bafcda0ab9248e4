/* A clean AWS environment for a test: every AWS_* variable gone, the shared files nowhere. */
#ifndef TESTS_UNIT_AWS_ENVIRONMENT_H
#define TESTS_UNIT_AWS_ENVIRONMENT_H

#include <stdlib.h>
#include <string.h>

extern char **environ;

static inline void aws_environment_clear(void)
{
    size_t i = 0;
    while (environ != NULL && environ[i] != NULL) {
        char name[256];
        size_t len = strcspn(environ[i], "=");
        if (strncmp(environ[i], "AWS_", 4) != 0 || len >= sizeof(name)) {
            i++;
            continue;
        }
        memcpy(name, environ[i], len);
        name[len] = '\0';
        unsetenv(name); /* moves the rest down */
    }
    setenv("HOME", "/nonexistent", 1);
}

/* "NAME=value NAME=value"; values hold no space. */
static inline void aws_environment_set(const char *assignments)
{
    char text[1024];
    size_t len = strlen(assignments);
    if (len >= sizeof(text))
        abort();
    memcpy(text, assignments, len + 1);
    char *place = NULL;
    for (char *part = strtok_r(text, " ", &place); part != NULL;
         part = strtok_r(NULL, " ", &place)) {
        char *equals = strchr(part, '=');
        *equals = '\0';
        setenv(part, equals + 1, 1);
    }
}

#endif
