#include "pass/pass_log.h"

#include "base/log.h"

#include "base/banned.h"

static void log_outcomes(const struct pass_cluster *cluster)
{
    struct str name = cluster->definition->cluster;
    for (size_t i = 0; cluster->outcomes != NULL && i < cluster->plan.actions.count; i++) {
        const struct action *action = &cluster->plan.actions.items[i];
        const struct outcome *outcome = &cluster->outcomes[i];
        bool is_fine = outcome->status == OUTCOME_APPLIED;
        bool is_lost = outcome->status == OUTCOME_FAILED || outcome->status == OUTCOME_NOT_APPLIED;
        log_line(is_fine   ? LOG_DEBUG
                 : is_lost ? LOG_ERROR
                           : LOG_WARNING,
                 name, "%s '%.*s': %s%s%.*s", action_kind_name(action->kind),
                 STR_ARG(action->subject), outcome_status_name(outcome->status),
                 outcome->reason.len > 0 ? ": " : "", STR_ARG(outcome->reason));
    }
    const struct plan *plan = &cluster->plan;
    for (size_t i = 0; i < plan->group_decisions.count; i++) {
        if (plan->group_decisions.items[i].verdict == VERDICT_HELD)
            log_line(LOG_WARNING, name, "group held: %.*s",
                     STR_ARG(plan->group_decisions.items[i].reason));
    }
    for (size_t i = 0; i < plan->service_count; i++) {
        if (plan->services[i].verdict == VERDICT_HELD)
            log_line(LOG_WARNING, name, "service '%.*s' held: %.*s",
                     STR_ARG(plan->services[i].name), STR_ARG(plan->services[i].reason));
    }
}

static void log_calls(const struct pass *pass)
{
    for (size_t i = 0; log_enabled(LOG_DEBUG) && i < pass->log.calls.count; i++) {
        const struct call_record *call = &pass->log.calls.items[i];
        log_line(LOG_DEBUG, call->cluster, "%.*s %.*s: %s, status %d, %lld ms, attempts %d",
                 STR_ARG(call->service), STR_ARG(call->operation), error_text(call->code),
                 call->http_status, (long long)(call->latency_us / 1000), call->attempts);
    }
}

void pass_log(const struct pass *pass)
{
    log_calls(pass);
    if (pass->log.credentials.code != E_OK)
        log_line(LOG_ERROR, STR_NONE, "%s", pass->log.credentials.message);
    for (size_t i = 0; i < pass->cluster_count; i++)
        log_outcomes(&pass->clusters[i]);
}

void pass_log_summary(const struct pass *pass, bool dry_run)
{
    log_line(LOG_INFO, STR_NONE, "%zu cluster%s, %zu call%s in %d round trip%s, %lld ms%s",
             pass->cluster_count, pass->cluster_count == 1 ? "" : "s", pass->log.calls.count,
             pass->log.calls.count == 1 ? "" : "s", pass_depth(pass),
             pass_depth(pass) == 1 ? "" : "s", (long long)pass->duration_ms,
             dry_run ? " (dry run: nothing was changed)" : "");
}

struct str finding_text(struct arena *arena, const struct diagnostic *finding)
{
    struct str place = STR_NONE; /* none where the file as a whole is meant */
    if (finding->line > 0)
        place = arena_printf(arena, ":%zu:%zu", finding->line, finding->column);
    return arena_printf(arena, "%.*s%.*s: %.*s%s%.*s", STR_ARG(finding->file), STR_ARG(place),
                        STR_ARG(finding->message), finding->hint.len > 0 ? "; " : "",
                        STR_ARG(finding->hint));
}

void pass_log_finding(struct str cluster, const struct diagnostic *finding)
{
    struct arena scratch CLEANUP(arena_release) = ARENA_INIT;
    log_line(finding->severity == SEVERITY_ERROR ? LOG_ERROR : LOG_WARNING, cluster, "%.*s",
             STR_ARG(finding_text(&scratch, finding)));
}
