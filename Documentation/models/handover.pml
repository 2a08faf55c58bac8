/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hand-over: an exclusive lock names a successor, whose writes wait until the holder lets
 * go: it closes the file, or dies and is broken.  Host 0 has the file open, host 1 is to
 * have it, host 2 wants it.  Hosts 0 and 1 may crash, and the migration may fail.
 *
 * lease.pml shows why a host whose heartbeat is broken writes no more.
 *
 * good:
 * bad: -DNO_DRAIN             the holder lets go while a write of its own is on its way
 * bad: -DBLIND_RELEASE        the holder lets go without looking for a successor
 * bad: -DBLIND_WITHDRAWAL     who withdraws does not look whether the lock is its own by now
 * bad: -DFREE_FOR_ALL         a dead holder's lock is anybody's, whoever is its successor
 * bad: -DSILENCE_IS_ENOUGH    the successor writes as soon as it does not hear the holder
 * bad: -DSUCCESSOR_FOREVER    a successor that died keeps others out
 * bad: -DKEEP_CACHE           the successor keeps what it read before
 */
#define HOSTS	3
#define NOBODY	HOSTS

/* The lock; each change of it is one swap. */
byte owner = 0, successor = NOBODY;

bool is_up[HOSTS] = true;
bool is_broken[HOSTS];		/* its heartbeat is free, its log was replayed */
bool may_write[HOSTS];
bool writes[HOSTS];		/* a write is on its way */
bool waits;			/* host 1 is the successor, and its writes wait */
byte content;			/* of the file: how often it was written */
byte seen[HOSTS];		/* what a host has of it in memory */
byte budget = 3;		/* writes of all */
bool crashes[HOSTS], fails;	/* what happens sooner or later: a crash, a migration's end */

#define IS_BROKEN(host)	(host != NOBODY && is_broken[host])
#ifdef SUCCESSOR_FOREVER
#define HAS_HEIR	(successor != NOBODY)
#else
#define HAS_HEIR	(successor != NOBODY && !IS_BROKEN(successor))
#endif
#ifdef FREE_FOR_ALL
#define IS_FREE		(owner == NOBODY || IS_BROKEN(owner))
#else
#define IS_FREE		(owner == NOBODY || (IS_BROKEN(owner) && !HAS_HEIR))
#endif
#ifdef SILENCE_IS_ENOUGH
#define IS_OVER(host)	(!is_up[host])
#else
#define IS_OVER(host)	IS_BROKEN(host)
#endif
#ifdef NO_DRAIN
#define IS_DRAINED(host)	true
#else
#define IS_DRAINED(host)	(!writes[host])
#endif

inline begin(host)
{
	may_write[host] = true;
	assert(may_write[0] + may_write[1] + may_write[2] == 1);
#ifndef KEEP_CACHE
	seen[host] = content
#endif
}

inline submit(host)
{
	budget--;
	/* It changes what it has read: that must be what is there. */
	assert(seen[host] == content);
	writes[host] = true
}

inline arrive(host)
{
	assert(owner == host);
	content++;
	seen[host] = content;
	writes[host] = false
}

inline let_go(host)
{
	may_write[host] = false;
#ifdef BLIND_RELEASE
	owner = NOBODY;
#else
	/* Where the swap finds a successor that we did not know of, it is repeated. */
	owner = successor;
#endif
	successor = NOBODY
}

inline crash(host)
{
	is_up[host] = false;
	may_write[host] = false
}

/* What each does with a file that it may write to */
#define USE_FILE(host)	\
	:: d_step { may_write[host] && budget > 0 && !writes[host] -> submit(host) } \
	:: d_step { may_write[host] && IS_DRAINED(host) -> let_go(host) } \
	:: d_step { writes[host] -> arrive(host) }

proctype source()
{
end:	do
	USE_FILE(0)
	:: d_step { crashes[0] && is_up[0] -> crash(0) }
	od
}

proctype destination()
{
	bool was_named;

end:	do
	USE_FILE(1)
	:: d_step { is_up[1] && !was_named && owner == 0 && !IS_BROKEN(0) ->
		successor = 1; was_named = true; waits = true; seen[1] = content }
	:: d_step { is_up[1] && waits && owner == 1 -> waits = false; begin(1) }
	:: d_step { is_up[1] && waits && owner == 0 && successor == 1 && IS_OVER(0) ->
		owner = 1; successor = NOBODY; waits = false; begin(1) }
	/* the migration fails; where the lock is ours by now, it is let go as any other */
#ifdef BLIND_WITHDRAWAL
	:: d_step { fails && is_up[1] && waits -> owner = 0; successor = NOBODY; waits = false }
#else
	:: d_step { fails && is_up[1] && waits && owner == 0 -> successor = NOBODY; waits = false }
#endif
	:: d_step { crashes[1] && is_up[1] -> crash(1) }
	od
}

proctype other()
{
	bool was_here;

end:	do
	USE_FILE(2)
	:: d_step { !was_here && IS_FREE ->
		assert(!(successor == 1 && is_up[1]));
		was_here = true; owner = 2; successor = NOBODY; begin(2) }
	od
}

/* Hosts that are silent; host 2 lives, and breaks them when their writes are over. */
proctype breaker()
{
end:	do
	:: d_step { !is_up[0] && !is_broken[0] && !writes[0] -> is_broken[0] = true }
	:: d_step { !is_up[1] && !is_broken[1] && !writes[1] -> is_broken[1] = true }
	od
}

/* Nobody waits for ever, and nobody has the lock without knowing. */
proctype end_of_all()
{
	atomic {
		timeout;
		assert(!(waits && is_up[1]));
		assert(IS_FREE)
	}
}

init {
	may_write[0] = true;
	if
	:: crashes[0] = true
	:: true
	fi;
	if
	:: crashes[1] = true
	:: true
	fi;
	if
	:: fails = true
	:: true
	fi;
	atomic {
		run source();
		run destination();
		run other();
		run breaker();
		run end_of_all()
	}
}
