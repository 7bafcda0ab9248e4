#include "http/ca_bundle.h"

#include "base/executable.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"

const char *ca_bundle_system(void)
{
    static const char *const usual[] = {
        "/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine */
        "/etc/pki/tls/certs/ca-bundle.crt",   /* Amazon Linux, Fedora */
        "/etc/ssl/ca-bundle.pem",             /* SUSE */
        "/etc/ssl/cert.pem",
    };
    for (size_t i = 0; i < ARRAY_LEN(usual); i++) {
        if (access(usual[i], R_OK) == 0)
            return usual[i];
    }
    return NULL;
}

static const char *in_folder(struct arena *arena, struct str folder)
{
    const char *path = arena_printf(arena, "%.*s/%s", STR_ARG(folder), CA_BUNDLE_BESIDE).ptr;
    return folder.len > 0 && access(path, R_OK) == 0 ? path : NULL;
}

const char *ca_bundle_find(struct arena *arena, const char *own)
{
    static const char *const variables[] = {"AWS_CA_BUNDLE", "SSL_CERT_FILE"};
    for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
        struct str path = str_from(getenv(variables[i]));
        if (path.len > 0)
            return arena_str(arena, path).ptr;
    }
    if (own != NULL && access(own, R_OK) == 0)
        return arena_str(arena, str_from(own)).ptr;
    const char *found = ca_bundle_system();
    if (found == NULL)
        found = in_folder(arena, str_from(getenv("LAMBDA_TASK_ROOT")));
    return found != NULL ? found : in_folder(arena, executable_folder(arena));
}
