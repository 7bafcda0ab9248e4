/* Only in the static program (make static): stands in for the functions of the C library that would
 * load shared libraries of the machine it happens to run on, of a glibc that need not be its own
 * (a crash, or somebody else's code). Names are resolved by c-ares, which reads resolv.conf and
 * hosts by itself; OpenSSL's engines and providers out of files are not to be had. */
#include <dlfcn.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>

#include "base/banned.h"

static const char no_loading[] = "a static program loads no libraries";

void *dlopen(const char *file, int mode)
{
    (void)file;
    (void)mode;
    return NULL;
}

void *dlsym(void *restrict handle, const char *restrict name)
{
    (void)handle;
    (void)name;
    return NULL;
}

int dlclose(void *handle)
{
    (void)handle;
    return -1;
}

char *dlerror(void)
{
    return (char *)(size_t)no_loading;
}

int dladdr(const void *address, Dl_info *info)
{
    (void)address;
    (void)info;
    return 0;
}

/* libcrypto's BIO sockets, which libcurl does not use. */
int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
    (void)name;
    (void)service;
    (void)hints;
    *out = NULL;
    return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo *info)
{
    (void)info;
}

struct hostent *gethostbyname(const char *name)
{
    (void)name;
    return NULL;
}

/* c-ares asks for ports by name; those of URLs are numbers. */
struct servent *getservbyname(const char *name, const char *protocol)
{
    (void)name;
    (void)protocol;
    return NULL;
}

int getservbyport_r(int port, const char *restrict protocol, struct servent *restrict result,
                    char *restrict text, size_t size, struct servent **restrict out)
{
    (void)port;
    (void)protocol;
    (void)result;
    (void)text;
    (void)size;
    *out = NULL;
    return 0;
}

/* By /etc/passwd alone. */
struct passwd *getpwuid(uid_t uid)
{
    FILE *file = fopen("/etc/passwd", "re");
    if (file == NULL)
        return NULL;
    struct passwd *user = fgetpwent(file);
    while (user != NULL && user->pw_uid != uid)
        user = fgetpwent(file);
    fclose(file);
    return user;
}
