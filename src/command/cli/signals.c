/* signals.c: see signals.h. */
#include "command/cli/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "command/cli/command.h"

#define SIGNALS_TICK_MS 200

static void signals_fill_set(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGTERM);
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        (void)sigaddset(set, SIGHUP);
}

int ml_signals_exit_code(int signal)
{
    return signal == SIGINT ? ML_EXIT_INTERRUPTED : ML_EXIT_STOPPED;
}

static void signals_leave(int signal)
{
    _exit(ml_signals_exit_code(signal));
}

void ml_signals_exit_immediately(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    const struct sigaction leave = {.sa_handler = signals_leave};
    sigset_t set;
    signals_fill_set(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (sigismember(&set, numbers[i]) == 1)
            (void)sigaction(numbers[i], &leave, NULL);
    }
}

void ml_signals_block(void)
{
    sigset_t set;
    signals_fill_set(&set);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int ml_signals_fd(void)
{
    sigset_t set;
    signals_fill_set(&set);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void signals_handle(struct ml_signals *signals, int signal)
{
    if (atomic_load(&signals->signal) == 0) {
        static const char text[] = "minilab: finishing pictures in progress; "
                                   "press Ctrl-C again to quit now\n";
        atomic_store(&signals->signal, signal);
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
        ml_run_stop(signals->run);
        return;
    }
    if (signals->temps)
        (void)ml_temps_remove_all(signals->temps);
    _exit(ml_signals_exit_code(signal));
}

static void *signals_main(void *context)
{
    struct ml_signals *signals = context;
    const int fd = signals->signal_fd;
    struct pollfd polls[] = {{.fd = signals->end_fd, .events = POLLIN},
                             {.fd = fd, .events = POLLIN}};
    for (;;) {
        const int ready = poll(polls, 2, SIGNALS_TICK_MS);
        struct signalfd_siginfo info;
        if (polls[0].revents)
            break;
        if (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
            signals_handle(signals, (int)info.ssi_signo);
        if (ready == 0 && signals->tick)
            signals->tick(signals->context);
    }
    return NULL;
}

static enum ml_status signals_open_descriptors(struct ml_signals *signals,
                                               struct ml_error *err)
{
    signals->end_fd = eventfd(0, EFD_CLOEXEC);
    if (signals->end_fd < 0)
        return ml_fail_os(err, errno, "cannot create an eventfd", NULL);
    signals->signal_fd = ml_signals_fd();
    if (signals->signal_fd >= 0)
        return ML_OK;
    const int error = errno;
    (void)close(signals->end_fd);
    return ml_fail_os(err, error, "cannot watch for signals", NULL);
}

static void signals_close_descriptors(struct ml_signals *signals)
{
    (void)close(signals->signal_fd);
    (void)close(signals->end_fd);
}

enum ml_status ml_signals_open(struct ml_signals *signals, struct ml_error *err)
{
    atomic_init(&signals->signal, 0);
    if (signals_open_descriptors(signals, err) != ML_OK)
        return err->status;
    const int rc =
        pthread_create(&signals->thread, NULL, signals_main, signals);
    if (rc == 0)
        return ML_OK;
    signals_close_descriptors(signals);
    return ml_fail_os(err, rc, "cannot start a thread", ML_MORE_PROCESSES);
}

void ml_signals_close(struct ml_signals *signals)
{
    (void)eventfd_write(signals->end_fd, 1);
    (void)pthread_join(signals->thread, NULL);
    signals_close_descriptors(signals);
}
