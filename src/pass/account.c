#include "pass/account.h"

#include "cloud/aws/aws.h"
#include "http/curl.h"
#include "version.h"

#include "base/banned.h"

enum error_code account_open(struct account *account, const struct account_options *options,
                             struct error *err)
{
    const struct curl_options curl = {
        .parallel = options->parallel,
        .wall_ms = options->wall_ms,
        .user_agent = "ecs-autoscale/" ECS_AUTOSCALE_VERSION,
    };
    enum error_code code = transport_curl_new(&curl, &account->transport, err);
    if (code != E_OK)
        return code;
    const struct aws_client_options client = {
        .transport = account->transport,
        .region = options->region,
        .profile = options->profile,
    };
    code = aws_client_new(&client, &account->client, err);
    if (code != E_OK)
        return code;
    account->cloud = cloud_aws_new(account->client, account->transport);
    account->region = aws_client_region(account->client);
    return E_OK;
}

void account_release(struct account *account)
{
    cloud_free(account->cloud);
    if (account->client != NULL)
        aws_client_free(account->client);
    transport_free(account->transport);
    *account = (struct account){0};
}
