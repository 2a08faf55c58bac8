/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A directory that is read without its lock, and one that is kept in memory without it: the
 * token says whether somebody had the lock in between.
 *
 * good:
 * bad: -DHELD_IS_FINE       what is read while somebody holds the lock is believed
 * bad: -DONE_LOOK           the token is not read again afterwards
 * bad: -DTOKEN_STAYS        taking and releasing a lock leave its token as it is
 * bad: -DKEEP_CACHE         a host that takes the lock believes its memory
 * bad: -DHOME_LATE          the lock is released before all is where it belongs
 */
#ifndef ROUNDS
#define ROUNDS	2	/* each of two hosts changes the directory so often */
#endif
#define NOBODY	2

byte owner = NOBODY, token;
byte name, inode;	/* two sectors that belong together */

#ifdef TOKEN_STAYS
#define CHANGE_TOKEN	skip
#else
#define CHANGE_TOKEN	token++
#endif

proctype writer(byte me)
{
	byte rounds, known, known_token;
	bool has_read;

	do
	:: rounds == ROUNDS -> break
	:: else ->
		rounds++;
		d_step {
			owner == NOBODY;
			if
#ifdef KEEP_CACHE
			:: has_read
#else
			:: has_read && token == known_token
#endif
			:: else -> known = name; has_read = true
			fi;
			owner = me;
			CHANGE_TOKEN
		}
		/* What was in memory is what is there. */
		assert(known == name && known == inode);
		known++;
		name = known;
#ifdef HOME_LATE
		d_step { owner = NOBODY; CHANGE_TOKEN; known_token = token };
		inode = known
#else
		inode = known;
		d_step { owner = NOBODY; CHANGE_TOKEN; known_token = token }
#endif
	od
}

/* lookup(), readdir(), stat() without the lock; it tries again later where it fails. */
active proctype reader()
{
	byte before, one, two, later;
	bool is_free;

	d_step { before = token; is_free = owner == NOBODY };
	one = name;
	two = inode;
	d_step { later = token; is_free = is_free && owner == NOBODY };
#ifdef HELD_IS_FINE
	is_free = true;
#endif
#ifdef ONE_LOOK
	later = before;
#endif
	assert(!is_free || before != later || one == two)
}

init {
	atomic {
		run writer(0);
		run writer(1)
	}
}
