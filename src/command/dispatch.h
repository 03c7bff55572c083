/* dispatch.h: from argv to a command. */
#ifndef ML_COMMAND_DISPATCH_H
#define ML_COMMAND_DISPATCH_H

/* argv[1] names the command, or is -h, --help or --version.  Returns the exit
 * code.  Results go to stdout, which the caller flushes and checks. */
int ml_program(int argc, char **argv);

#endif
