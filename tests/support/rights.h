/* rights.h: root without the right to read and write every file, so that root
 * can test permission errors too. */
#ifndef ML_TESTS_SUPPORT_RIGHTS_H
#define ML_TESTS_SUPPORT_RIGHTS_H

/* The calling thread, and threads that it starts from now on, obey the mode
 * bits of files.  No change for other users.  Programs that root executes get
 * the right back: run them with setpriv. */
void test_rights_drop(void);
/* Undo test_rights_drop(). */
void test_rights_restore(void);

#endif
