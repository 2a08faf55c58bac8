/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Crash, break and replay: hosts change one locked object by transactions; each has a log
 * of one transaction, and whoever finds a dead host's heartbeat replays its log, and may
 * crash on the way.  Hosts mount at any time; one that crashed comes back.
 *
 * lease.pml shows why a heartbeat that is broken belongs to a host that writes no more.
 *
 * good:
 * soak: -DCHANGES=3 -DCRASHES=1
 * soak: -DCRASHES=3
 * bad: -DNO_MARK            two hosts replay one log
 * bad: -DREPLAYER_IS_SAFE   a host that crashes while it replays is not followed by another
 * bad: -DREPLAYER_BY_NAME   a replayer that crashed and came back passes for still replaying
 * bad: -DFREE_FIRST         the heartbeat is freed before its log is replayed
 * bad: -DTAKE_SILENT        a dead host's lock is taken before its heartbeat is free
 * bad: -DREPLAY_ALL         a log is replayed, whoever has the lock by now
 * bad: -DREPLAY_BY_OWNER    it is where the dead host has the lock, whatever its token
 * bad: -DLOCK_BY_NAME       a lock counts as held when its host came back
 * bad: -DRELEASE_EARLY      a lock is released before the changes are where they belong
 */
#define HOSTS	3
#define NOBODY	HOSTS
#ifndef CHANGES
#define CHANGES	2	/* times that a host takes the lock */
#endif
#ifndef CRASHES
#define CRASHES	2
#endif

mtype = { FREE, TAKEN, LOGGED, HOME, MARKED, CHOSEN, WRITTEN };

typedef heartbeat {
	bool is_used;
	byte generation;
	byte replayer, replayer_generation;
};

typedef transaction {
	byte value;
	byte token;		/* of the lock, when this was logged; 0: empty */
};

heartbeat slot[HOSTS];
transaction logs[HOSTS];
bool is_up[HOSTS];
byte owner = NOBODY, generation, token;		/* the lock sector */
byte object;			/* what is behind the lock */
byte promised;			/* transactions that reached a log */
byte crashes, comebacks = 1;	/* how many there will be */

#define IN_USE(host, gen)	(slot[host].is_used && slot[host].generation == gen)
#ifdef LOCK_BY_NAME
#define IS_STALE		(!slot[owner].is_used)
#else
#define IS_STALE		(!IN_USE(owner, generation))
#endif
#ifdef TAKE_SILENT
#define IS_FREE			(owner == NOBODY || !is_up[owner] || IS_STALE)
#else
#define IS_FREE			(owner == NOBODY || IS_STALE)
#endif

/* May the log of @v be replayed?  Its heartbeat is silent, and nobody else is about to. */
#define REPLAYER(v)		slot[v].replayer
#if defined(NO_MARK)
#define HAS_NO_REPLAYER(v)	true
#elif defined(REPLAYER_IS_SAFE)
#define HAS_NO_REPLAYER(v)	(REPLAYER(v) == NOBODY)
#elif defined(REPLAYER_BY_NAME)
#define HAS_NO_REPLAYER(v)	(REPLAYER(v) == NOBODY || !slot[REPLAYER(v)].is_used)
#else
#define HAS_NO_REPLAYER(v)	(REPLAYER(v) == NOBODY || \
				 !IN_USE(REPLAYER(v), slot[v].replayer_generation))
#endif
#define IS_BREAKABLE(v)		(slot[v].is_used && !is_up[v] && HAS_NO_REPLAYER(v))

inline set_lock(who)
{
	owner = who;
	token++
}

inline take()
{
	set_lock(me);
	generation = slot[me].generation;
	/* Nothing that was promised is lost, and nothing old is back. */
	assert(object == promised);
	state = TAKEN
}

inline write_log()
{
	logs[me].value = object + 1;
	logs[me].token = token;
	promised++;
	state = LOGGED
}

inline mark(v)
{
	slot[v].replayer = me;
	slot[v].replayer_generation = slot[me].generation;
	victim = v;
	state = MARKED
}

/* A record is replayed where its lock is as it was: else the change is home already. */
inline choose()
{
#ifdef REPLAY_ALL
	is_needed = logs[victim].token > 0;
#else
#ifdef REPLAY_BY_OWNER
	is_needed = logs[victim].token > 0 && owner == victim && !IS_STALE;
#else
	is_needed = owner == victim && !IS_STALE && logs[victim].token == token;
#endif
#endif
	state = CHOSEN
}

inline free_slot(v)
{
	slot[v].is_used = false;
	slot[v].replayer = NOBODY;
	slot[v].replayer_generation = 0
}

inline claim()
{
	slot[me].is_used = true;
	slot[me].generation++;
	is_up[me] = true;
	state = FREE
}

inline crash()
{
	crashes--;
	is_up[me] = false;
	state = FREE;
	victim = NOBODY;
	is_needed = false
}

proctype host(byte me)
{
	mtype state = FREE;
	byte changes, victim = NOBODY;
	bool is_needed, was_up;

end:	do
	:: d_step { !is_up[me] && !was_up -> claim(); was_up = true }
	:: d_step { !is_up[me] && was_up && !slot[me].is_used && comebacks > 0 ->
		comebacks--; claim() }
	:: d_step { is_up[me] && crashes > 0 -> crash() }

	/* a change */
	:: d_step { is_up[me] && state == FREE && changes < CHANGES && IS_FREE ->
		changes++; take() }
	:: d_step { is_up[me] && state == TAKEN -> write_log() }
#ifdef RELEASE_EARLY
	:: d_step { is_up[me] && state == LOGGED -> set_lock(NOBODY); state = HOME }
	:: d_step { is_up[me] && state == HOME -> object = logs[me].value; state = FREE }
#else
	:: d_step { is_up[me] && state == LOGGED -> object = logs[me].value; state = HOME }
	:: d_step { is_up[me] && state == HOME -> set_lock(NOBODY); state = FREE }
#endif
	:: d_step { is_up[me] && state == TAKEN -> set_lock(NOBODY); state = FREE }

	/* recovery */
	:: d_step { is_up[me] && state == FREE && me != 0 && IS_BREAKABLE(0) -> mark(0) }
	:: d_step { is_up[me] && state == FREE && me != 1 && IS_BREAKABLE(1) -> mark(1) }
	:: d_step { is_up[me] && state == FREE && me != 2 && IS_BREAKABLE(2) -> mark(2) }
#ifdef FREE_FIRST
	:: d_step { is_up[me] && state == MARKED -> free_slot(victim); state = CHOSEN;
		is_needed = owner == victim && logs[victim].token == token }
	:: d_step { is_up[me] && state == CHOSEN ->
		if
		:: is_needed -> object = logs[victim].value
		:: else
		fi;
		is_needed = false; victim = NOBODY; state = FREE }
#else
	:: d_step { is_up[me] && state == MARKED -> choose() }
	:: d_step { is_up[me] && state == CHOSEN ->
		if
		:: is_needed -> object = logs[victim].value
		:: else
		fi;
		is_needed = false;
		state = WRITTEN }
	:: d_step { is_up[me] && state == WRITTEN ->
		free_slot(victim); victim = NOBODY; state = FREE }
#endif
	od
}

/* If anybody lives, no dead host's heartbeat is left, its lock is free, its change is there. */
proctype end_of_all()
{
	atomic {
		timeout;
		if
		:: is_up[0] || is_up[1] || is_up[2] ->
			assert(is_up[0] == slot[0].is_used);
			assert(is_up[1] == slot[1].is_used);
			assert(is_up[2] == slot[2].is_used);
			assert(IS_FREE);
			assert(object == promised)
		:: else
		fi
	}
}

init {
	byte i;

	d_step {
		for (i : 0 .. HOSTS - 1) {
			slot[i].replayer = NOBODY
		}
	}
	select (crashes : 0 .. CRASHES);
	atomic {
		run host(0);
		run host(1);
		run host(2);
		run end_of_all()
	}
}
