/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmfs_swap() by RESERVE, READ, compare, WRITE, RELEASE: two hosts take and release one
 * lock.  A reset of the LUN drops the reservation; each host is told by a unit attention,
 * once, whatever command of it comes first.  Commands and answers are lost.  A command
 * whose loss was reported does not come later: the error handling of the SCSI layer has
 * aborted it.
 *
 * good:
 * soak: -DTROUBLES=4
 * bad: -DUA_UNSEEN       content is told of the reset, and the swap does not see that
 * bad: -DNO_SETTLE       after a reset, nobody waits for the attempts of others
 * bad: -DNO_COMPARE      the sector is not read under the reservation
 * bad: -DGUESS_FAILED    a write whose answer is lost passes for failure
 * bad: -DRELEASE_ONCE    the loss of a RELEASE is ignored
 * bad: -DWRITE_COMES_LATE    a write whose loss was reported comes later
 * bad: -DNO_RESERVATION  the target accepts RESERVE, and does nothing
 */
#ifndef TROUBLES
#define TROUBLES	2	/* resets, and what is lost */
#endif
#ifndef ROUNDS
#define ROUNDS		3	/* a host takes or releases the lock so often */
#endif
#define NOBODY		2

/* An image is a token and an owner, 0 for none.  Each swap raises the token. */
#define IMAGE(token, owner)	((token) * 4 + (owner))
#define OWNER(image)		((image) % 4)
#define ME			(me + 1)
#define NEXT(image, owner)	IMAGE((image) / 4 + 1, owner)

mtype = { RESERVE, READ, WRITE, RELEASE };
mtype = { GOOD, CONFLICT, ATTENTION, LOST };

byte sector = IMAGE(0, 0);
byte reserved_by = NOBODY;
bool attention[2];		/* the host is to be told of a reset */
bool saw_reset[2];		/* it was told since its last swap */
bool is_trying[2];		/* between its RESERVE and the outcome of its WRITE */
bool holds[2];			/* what the host believes */
byte troubles = TROUBLES, finished;
byte late;			/* image of a write that comes later, 0: none */

inline execute(command, image)
{
	if
	:: command == RESERVE ->
#ifndef NO_RESERVATION
		reserved_by = me
#else
		skip
#endif
	:: command == READ -> found = sector
	:: command == WRITE -> sector = image
	:: command == RELEASE ->
		if
		:: reserved_by == me -> reserved_by = NOBODY
		:: else
		fi
	fi
}

/* One command; @status is its outcome. */
inline send(command, image)
{
	atomic {
		if
		:: attention[me] -> attention[me] = false; saw_reset[me] = true; status = ATTENTION
		:: else ->
			if
			:: reserved_by != NOBODY && reserved_by != me && command != RELEASE ->
				status = CONFLICT
			:: else -> execute(command, image); status = GOOD
			fi
		fi;
		if
		:: troubles > 0 -> troubles--; status = LOST	/* the answer */
		:: true
		fi
	}
}

/* So, where the command itself may be lost on its way */
inline try(command, image)
{
	if
	:: send(command, image)
	:: atomic { troubles > 0 -> troubles--; status = LOST }
#ifdef WRITE_COMES_LATE
	:: atomic { command == WRITE && troubles > 0 ->
		troubles--; late = image; status = LOST }
#endif
	fi
}

/* What one attempt of the provider is: @status is GOOD where the swap was done. */
inline attempt(from, to)
{
	is_trying[me] = true;
	try(RESERVE, 0);
	if
	:: status == GOOD -> try(READ, 0)
	:: else
	fi;
#ifdef NO_COMPARE
	found = from;
#endif
	if
	:: status == GOOD && found == from -> try(WRITE, to)
	:: status == GOOD && found != from -> status = LOST
	:: else
	fi;
	is_trying[me] = false;
	outcome = status;
	do
	:: try(RELEASE, 0);
	   if
	   :: status == GOOD || status == ATTENTION -> break
#ifdef RELEASE_ONCE
	   :: status == LOST -> break
#endif
	   :: else
	   fi
	od
}

/*
 * Who reserved the LUN before a reset may write after others did so in the meantime.  So a
 * swap after a reset counts only when the attempts of others are over that may have begun
 * before, and where the sector is still as it was written.
 */
inline swap(from, to)
{
	do
	:: attempt(from, to);
	   if
#ifdef GUESS_FAILED
	   :: outcome == LOST -> result = false; break
#endif
#ifndef NO_SETTLE
	   :: saw_reset[me] -> saw_reset[me] = false; outcome = LOST; !is_trying[1 - me]
#endif
	   :: else
	   fi;
	   found = sector;
	   if
	   :: outcome == GOOD || found == to -> result = true; break
	   :: outcome != GOOD && found != to && found != from -> result = false; break
	   :: else	/* again */
	   fi
	od
}

proctype host(byte me)
{
	byte image, found, rounds;
	bool result, was_held;
	mtype status, outcome;

	do
	:: rounds == ROUNDS -> break
	:: else ->
		rounds++;
		image = sector;
		was_held = holds[me];
		holds[me] = false;
		result = false;
		if
		:: was_held -> swap(image, NEXT(image, 0))
		:: !was_held && OWNER(image) == 0 -> swap(image, NEXT(image, ME))
		:: else	/* EBUSY */
		fi;
		atomic {
			if
			:: result && !was_held -> holds[me] = true; assert(!holds[1 - me])
			:: else
			fi
		}
	od;
	finished++
}

/* Resets come at any time, and what a host reads or writes besides may be told of one. */
active proctype trouble()
{
end:	do
	:: atomic { troubles > 0 ->
		troubles--;
#ifndef NO_RESERVATION
		reserved_by = NOBODY;
#endif
		attention[0] = true;
		attention[1] = true }
#ifdef UA_UNSEEN
	:: atomic { attention[0] -> attention[0] = false }
	:: atomic { attention[1] -> attention[1] = false }
#else
	:: atomic { attention[0] -> attention[0] = false; saw_reset[0] = true }
	:: atomic { attention[1] -> attention[1] = false; saw_reset[1] = true }
#endif
#ifdef WRITE_COMES_LATE
	:: atomic { late != 0 -> sector = late; late = 0 }
#endif
	od
}

/* No reservation is left, and no lock is with a host that does not know. */
active proctype end_of_all()
{
	atomic {
		timeout;
		assert(finished == 2);
		assert(reserved_by == NOBODY);
		assert(OWNER(sector) == (holds[0] -> 1 : (holds[1] -> 2 : 0)))
	}
}

init {
	atomic {
		run host(0);
		run host(1)
	}
}
