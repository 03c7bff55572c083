/* rights.h: root without the right to read and write everything, so that what
 * is forbidden can be tested by root as well. */
#ifndef ML_TESTS_SUPPORT_RIGHTS_H
#define ML_TESTS_SUPPORT_RIGHTS_H

/* The calling thread, and threads that it starts from now on, obey the mode
 * bits of files.  Nothing changes for other users.  Programs that root executes
 * get the right back: they need setpriv. */
void test_rights_drop(void);
/* As before test_rights_drop(). */
void test_rights_restore(void);

#endif
