/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lease: two hosts pulse, take one lock, and write; each watches the other, breaks its
 * heartbeat when that is silent, and takes the lock over.  Both may crash, and mount again.
 * A unit of time is 4 s.
 *
 * good: -DLEASE=3 -DLATE=2 -DBREAK=6
 * good: -DFENCE -DSTALLS
 * good: -DFENCE -DCLOCK_STOPS
 * soak: -DLEASE=3 -DLATE=2 -DBREAK=6 -DFENCE -DSTALLS
 * soak: -DFENCE -DSTALLS -DCLOCK_STOPS
 * bad: -DSTALLS          without fence: a write is on its way for longer than the bound
 * bad: -DCLOCK_STOPS     without fence: a host stands still, and its clock with it
 * bad: -DBREAK_EARLY     others do not wait for the writes of the last moment
 * bad: -DFROM_ANSWER     the lease runs from the answer to a pulse, not from its submission
 * bad: -DNO_LEASE        a host writes until it sees that it was broken
 * bad: -DNO_DRAIN        a lock is released while writes are on their way
 * bad: -DREMOUNT_EARLY -DFENCE -DSTALLS    a host returns while its old writes are on their way
 * bad: -DFENCE_LATE -DFENCE -DSTALLS       the lock is taken over before its holder is fenced
 * bad: -DKEY_RETURNS -DFENCE -DSTALLS      a host that lost its key registers it again
 */
#ifndef LEASE
#define LEASE	2	/* since the submission of the last good pulse */
#endif
#ifndef LATE
#define LATE	1	/* the longest way of a write that was submitted within the lease */
#endif
#ifndef BREAK
#define BREAK	4	/* silence before others break: more than LEASE + LATE */
#endif
#define NOBODY	2

#ifdef BREAK_EARLY
#define SILENCE	(LEASE + 1)
#else
#define SILENCE	BREAK
#endif

mtype = { IDLE, SENT, LANDED, REFUSED };

typedef machine {
	bool is_up;
	bool holds;		/* believes to have the lock */
	bool is_old;		/* was mounted for a second time */
	byte age;		/* of the last good pulse, since its submission, on our clock */
	mtype pulse;
	byte pulse_age;		/* since this one was submitted */
	bool writes;		/* a write is on its way */
	byte write_age;
	bool is_late;		/* the other host took the lock since it was submitted */
};

typedef slot_sector {
	bool is_used;
	bool is_second;		/* generation: of the second mount */
	bool is_fenced;
	byte silence;		/* time since the last change */
};

machine h[2];
slot_sector slot[2];
byte owner = NOBODY;		/* the lock, and the generation of its holder */
bool owner_second;

#ifdef NO_LEASE
#define MAY_WRITE(m)	(h[m].is_up)
#else
#define MAY_WRITE(m)	(h[m].is_up && h[m].age <= LEASE)
#endif
#define IS_STALE	(owner != NOBODY && \
			 (!slot[owner].is_used || slot[owner].is_second != owner_second))

inline stop(m)
{
	h[m].is_up = false;
	h[m].holds = false;
	h[m].age = 0
}

inline no_pulse(m)
{
	h[m].pulse = IDLE;
	h[m].pulse_age = 0
}

inline no_write(m)
{
	h[m].writes = false;
	h[m].write_age = 0;
	h[m].is_late = false
}

inline pulse_arrives(m)
{
	if
	:: !slot[m].is_used || slot[m].is_second != h[m].is_old || slot[m].is_fenced ->
		h[m].pulse = REFUSED
	:: else ->
		h[m].pulse = LANDED;
		slot[m].silence = 0
	fi
}

inline pulse_answered(m)
{
	if
	:: h[m].pulse == REFUSED || !MAY_WRITE(m) -> stop(m)
	:: else ->
#ifdef FROM_ANSWER
		h[m].age = 0
#else
		h[m].age = h[m].pulse_age
#endif
	fi;
	no_pulse(m)
}

inline take_lock(m)
{
	owner = m;
	owner_second = h[m].is_old;
	h[m].holds = true;
	h[1 - m].is_late = h[1 - m].writes;
	/* The other host may believe what it likes, as long as it can write nothing. */
	assert(!(h[1 - m].holds && MAY_WRITE(1 - m) && !slot[1 - m].is_fenced))
}

inline write_arrives(m)
{
	assert(slot[m].is_fenced || !h[m].is_late);
	no_write(m)
}

/* PREEMPT AND ABORT: the target aborts what it has, and refuses what comes. */
inline fence(m)
{
#ifdef FENCE
	slot[m].is_fenced = true
#else
	skip
#endif
}

inline break_slot(m)
{
#ifndef FENCE_LATE
	fence(m);
#endif
	slot[m].is_used = false;
	slot[m].silence = 0
}

/* It claims its slot anew; its old key is gone, and it registers a new one. */
inline mount_again(m)
{
	h[m].is_old = true;
	h[m].is_up = true;
	h[m].age = 0;
	slot[m].is_used = true;
	slot[m].is_second = true;
	slot[m].is_fenced = false;
	slot[m].silence = 0
}

inline unmount(m)
{
	slot[m].is_used = false;
	slot[m].silence = 0;
	stop(m)
}

#ifdef REMOUNT_EARLY
#define IS_QUIET(m)	true
#else
#define IS_QUIET(m)	(!h[m].writes)
#endif
#ifdef NO_DRAIN
#define IS_DRAINED(m)	true
#else
#define IS_DRAINED(m)	(!h[m].writes)
#endif

proctype host(byte me)
{
end:	do
	:: d_step { MAY_WRITE(me) && h[me].pulse == IDLE && h[me].age > 0 -> h[me].pulse = SENT }
	:: d_step { h[me].pulse == SENT -> pulse_arrives(me) }
	:: d_step { h[me].is_up && (h[me].pulse == LANDED || h[me].pulse == REFUSED) ->
		pulse_answered(me) }
	:: d_step { !h[me].is_up && (h[me].pulse == LANDED || h[me].pulse == REFUSED) ->
		no_pulse(me) }
	:: d_step { h[me].is_up && !MAY_WRITE(me) -> stop(me) }
	:: d_step { MAY_WRITE(me) && !h[me].holds && owner == NOBODY -> take_lock(me) }
	:: d_step { MAY_WRITE(me) && !h[me].holds && IS_STALE -> take_lock(me) }
	:: d_step { MAY_WRITE(me) && h[me].holds && !h[me].writes ->
		h[me].writes = true }
	:: d_step { h[me].writes -> write_arrives(me) }
	:: d_step { h[me].writes -> no_write(me) }	/* it is lost */
	:: d_step { MAY_WRITE(me) && h[me].holds && IS_DRAINED(me) && owner == me ->
		h[me].holds = false; owner = NOBODY }
	:: d_step { MAY_WRITE(me) && h[me].pulse == IDLE && !h[me].holds && IS_DRAINED(me) ->
		unmount(me) }
	:: d_step { h[me].is_up -> stop(me) }		/* a crash */
#ifdef KEY_RETURNS
	:: d_step { h[me].is_up && slot[me].is_fenced -> slot[me].is_fenced = false }
#endif
	:: d_step { !h[me].is_up && !h[me].is_old && !slot[me].is_used && IS_QUIET(me) &&
		h[me].pulse == IDLE -> mount_again(me) }

	/* the other one */
	:: d_step { MAY_WRITE(me) && slot[1 - me].is_used && slot[1 - me].silence == SILENCE ->
		break_slot(1 - me) }
#ifdef FENCE_LATE
	:: d_step { MAY_WRITE(me) && !slot[1 - me].is_used -> fence(1 - me) }
#endif
	od
}

#define OLDER(what, limit)	what = (what < limit -> what + 1 : limit)

#ifdef STALLS
#define IN_TIME(m)	true
#else
#define IN_TIME(m)	(!h[m].writes || h[m].write_age < LATE)
#endif

inline older(m)
{
	OLDER(slot[m].silence, SILENCE);
	if
	:: h[m].writes -> OLDER(h[m].write_age, LATE)
	:: else
	fi
}

inline clock_goes(m)
{
	if
	:: h[m].is_up -> OLDER(h[m].age, LEASE + 1)
	:: else
	fi;
	if
	:: h[m].pulse != IDLE -> OLDER(h[m].pulse_age, LEASE + 1)
	:: else
	fi
}

proctype time()
{
end:	do
	:: d_step { IN_TIME(0) && IN_TIME(1) -> older(0); older(1); clock_goes(0); clock_goes(1) }
#ifdef CLOCK_STOPS
	:: d_step { IN_TIME(1) -> older(0); older(1); clock_goes(1) }
#endif
	od
}

init {
	d_step {
		h[0].is_up = true;
		h[1].is_up = true;
		h[0].pulse = IDLE;
		h[1].pulse = IDLE;
		slot[0].is_used = true;
		slot[1].is_used = true
	}
	atomic {
		run host(0);
		run host(1);
		run time()
	}
}
