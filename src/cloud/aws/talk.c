#include "cloud/aws/talk.h"

#include "base/banned.h"

/* Above what any call can take, retries and all: an invocation has 900 s, three times. */
enum { RUN_MAX_MS = 2 * 3600 * 1000 };

struct queued {
    struct aws_talk *talk;
    struct aws_reply *reply;
};

void aws_talk_release(struct aws_talk *talk)
{
    for (size_t i = 0; i < talk->kept.count; i++)
        json_decref(talk->kept.items[i]);
    talk->kept.items = NULL;
    talk->kept.count = 0;
    talk->kept.room = 0;
    arena_release(&talk->arena);
}

/* Trees are as deep as the parser lets them: LIMIT_ANSWER_DEPTH. */
static struct xml_node *copy_xml(struct arena *arena, const struct xml_node *node) // NOLINT
{
    struct xml_node *copy = ARENA_NEW(arena, struct xml_node);
    copy->name = arena_str(arena, node->name);
    copy->text = arena_str(arena, node->text);
    struct xml_node **last = &copy->child;
    for (const struct xml_node *child = node->child; child != NULL; child = child->next) {
        *last = copy_xml(arena, child);
        last = &(*last)->next;
    }
    return copy;
}

static void copy_response(struct arena *arena, const struct http_response *response,
                          struct aws_reply *reply)
{
    struct http_header *headers = ARENA_ARRAY(arena, struct http_header, response->header_count);
    for (size_t i = 0; i < response->header_count; i++) {
        headers[i].name = arena_str(arena, response->headers[i].name);
        headers[i].value = arena_str(arena, response->headers[i].value);
    }
    reply->headers = headers;
    reply->header_count = response->header_count;
    reply->body = arena_str(arena, response->body);
}

static void on_answer(void *context, const struct aws_answer *answer)
{
    struct queued *queued = context;
    struct aws_talk *talk = queued->talk;
    struct aws_reply *reply = queued->reply;
    reply->code = answer->code;
    reply->err = answer->err;
    if (answer->json != NULL) {
        reply->json = json_incref(answer->json);
        *VEC_ADD(&talk->arena, &talk->kept) = reply->json;
    }
    if (answer->xml != NULL)
        reply->xml = copy_xml(&talk->arena, answer->xml);
    if (answer->response != NULL)
        copy_response(&talk->arena, answer->response, reply);
}

void aws_talk_queue(struct aws_talk *talk, const struct aws_call *call, struct aws_reply *reply)
{
    struct queued *queued = ARENA_NEW(&talk->arena, struct queued);
    *queued = (struct queued){.talk = talk, .reply = reply};
    *reply = (struct aws_reply){.code = E_CANCELLED, .err = ERROR_INIT};
    struct aws_call mine = *call;
    mine.done = on_answer;
    mine.context = queued;
    aws_call_send(talk->client, &mine);
}

void aws_talk_run(struct aws_talk *talk)
{
    transport_run(talk->transport, transport_now_ms(talk->transport) + RUN_MAX_MS);
}

enum error_code aws_talk_ask(struct aws_talk *talk, const struct aws_call *call,
                             struct aws_reply *reply, struct error *err)
{
    aws_talk_queue(talk, call, reply);
    aws_talk_run(talk);
    if (reply->code != E_OK)
        *err = reply->err;
    return reply->code;
}

static void on_timer(void *context)
{
    (void)context;
}

void aws_talk_wait(struct aws_talk *talk, int64_t ms)
{
    transport_after(talk->transport, ms, on_timer, NULL);
    aws_talk_run(talk);
}

struct str aws_reply_header(const struct aws_reply *reply, struct str name)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        if (str_eq_nocase(reply->headers[i].name, name))
            return reply->headers[i].value;
    }
    return STR_NONE;
}
