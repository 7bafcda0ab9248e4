#include "cloud/aws/sha1.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "base/banned.h"

void sha1_hex(struct str text, char hex[static SHA1_HEX_SIZE])
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    hex[0] = '\0';
    if (EVP_Digest(text.ptr, text.len, sum, &len, EVP_sha1(), NULL) != 1)
        return;
    for (size_t i = 0; i < len && 2 * i + 2 < SHA1_HEX_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
}
