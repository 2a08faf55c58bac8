/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmfs_swap() by COMPARE AND WRITE: two hosts take and release one lock, over a transport
 * that loses commands and answers, repeats commands, and delivers some after the host has
 * given up waiting for them.
 *
 * good: -DTROUBLES=1
 * good: -DROUNDS=1
 * soak:
 * bad: -DGUESS_DONE      an unclear outcome passes for success
 * bad: -DGUESS_FAILED    an unclear outcome passes for failure
 * bad: -DOLD_IS_FAILURE  the sector is still old: passes for failure, the swap is not repeated
 * bad: -DTOKEN_STAYS     a release gives the sector back the image that it had
 * bad: -DKEEP_DOUBTFUL   a lock found to be ours after an unclear outcome keeps its image
 * bad: -DPLAIN_WRITE     the target does not compare
 */
#define HOSTS		2
#ifndef ROUNDS
#define ROUNDS		2	/* a host takes the lock so often */
#endif
#ifndef TROUBLES
#define TROUBLES	2	/* of the transport */
#endif
#define COMMANDS	(HOSTS + TROUBLES)

/* An image is a token and an owner, 0 for none.  Each swap raises the token. */
#define IMAGE(token, owner)	((token) * 4 + (owner))
#define TOKEN(image)		((image) / 4)
#define OWNER(image)		((image) % 4)
#define ME			(me + 1)
#define TAKEN(image)		IMAGE(TOKEN(image) + 1, ME)
#ifdef TOKEN_STAYS
#define RELEASED(image)		IMAGE(TOKEN(image) - 1, 0)
#else
#define RELEASED(image)		IMAGE(TOKEN(image) + 1, 0)
#endif

mtype = { NOTHING, GOOD, MISCOMPARE, UNCLEAR };		/* answers to a command */
mtype = { DONE, BUSY, UNKNOWN };			/* what swap() returns */

typedef command {
	bool is_used;
	bool is_awaited;	/* the host has not given it up */
	byte by;
	byte old, new;
};

byte sector = IMAGE(0, 0);
command commands[COMMANDS];	/* on their way to the target */
mtype answer[HOSTS] = NOTHING;
bool holds[HOSTS];		/* what the host believes */
mtype result[HOSTS];		/* of its last swap() */
byte troubles = TROUBLES, finished;

inline send(from, to)
{
	atomic {
		slot = 0;
		do
		:: commands[slot].is_used -> slot++
		:: else -> break
		od;
		commands[slot].is_used = true;
		commands[slot].is_awaited = true;
		commands[slot].by = me;
		commands[slot].old = from;
		commands[slot].new = to
	}
}

/*
 * Whatever is not good is answered by the sector itself.  Where that is still @from, the
 * swap is repeated; where the host gives up, because its lease ends or the sector cannot
 * be read, the swap may have been done, or be done later.
 */
inline swap(from, to)
{
	do
	:: send(from, to);
	   answer[me] != NOTHING;
	   atomic {
		found = sector;
		if
		:: answer[me] == GOOD -> result[me] = DONE; break
#ifdef GUESS_DONE
		:: answer[me] == UNCLEAR -> result[me] = DONE; break
#endif
#ifdef GUESS_FAILED
		:: answer[me] == UNCLEAR -> result[me] = BUSY; break
#endif
		:: else ->
			answer[me] = NOTHING;
			if
			:: found == to -> result[me] = DONE; break
#ifdef OLD_IS_FAILURE
			:: found == from -> result[me] = BUSY; break
#else
			:: found == from	/* again */
#endif
			:: found != from && found != to -> result[me] = BUSY; break
			:: result[me] = UNKNOWN; break
			fi
		fi
	   }
	od;
	answer[me] = NOTHING
}

/*
 * A lock that is ours without our knowing is left of a swap that was given up.  It gets a
 * new image all the same, since a release of it may still be on its way.
 */
inline take()
{
	image = sector;
	do
#ifdef KEEP_DOUBTFUL
	:: OWNER(image) == ME -> result[me] = DONE; break
	:: OWNER(image) == 0 ->
#else
	:: OWNER(image) == 0 || OWNER(image) == ME ->
#endif
		swap(image, TAKEN(image));
		if
		:: result[me] == BUSY -> image = found
		:: result[me] == DONE -> image = TAKEN(image); break
		:: result[me] == UNKNOWN -> break
		fi
	:: OWNER(image) != 0 && OWNER(image) != ME -> result[me] = BUSY; break
	od
}

proctype host(byte me)
{
	byte slot, found, image, rounds;

	do
	:: rounds == ROUNDS -> break
	:: else ->
		rounds++;
		take();
		if
		:: result[me] == DONE ->
			atomic {
				holds[me] = true;
				assert(!holds[1 - me])
			}
			holds[me] = false;
			/* BUSY: it was released, and another host has it already. */
			swap(image, RELEASED(image))
		:: else
		fi
	od;
	finished++
}

inline execute()
{
	if
#ifdef PLAIN_WRITE
	:: true ->
#else
	:: sector == commands[slot].old ->
#endif
		sector = commands[slot].new;
		outcome = GOOD
	:: else -> outcome = MISCOMPARE
	fi
}

inline tell(what)
{
	if
	:: commands[slot].is_awaited -> answer[commands[slot].by] = what
	:: else
	fi
}

inline forget()
{
	commands[slot].is_used = false;
	commands[slot].is_awaited = false;
	commands[slot].by = 0;
	commands[slot].old = 0;
	commands[slot].new = 0
}

/* The way of one command to the target; they arrive in any order. */
proctype way(byte slot)
{
	mtype outcome;

end:	do
	:: atomic {
		commands[slot].is_used;
		if
		:: execute(); tell(outcome); forget()
		:: troubles > 0 ->	/* the answer is lost */
			troubles--; execute(); tell(UNCLEAR); forget()
		:: troubles > 0 ->	/* so, and a lower layer repeats the command */
			troubles--; execute()
		:: troubles > 0 && commands[slot].is_awaited ->	/* it will come later */
			troubles--; tell(UNCLEAR); commands[slot].is_awaited = false
		:: troubles > 0 ->	/* the command is lost */
			troubles--; tell(UNCLEAR); forget()
		fi;
		outcome = NOTHING
	   }
	od
}

/* When nothing is on its way any more, no lock is left with a host that is not in doubt. */
active proctype end_of_all()
{
	atomic {
		timeout;
		assert(finished == HOSTS);
		assert(OWNER(sector) == 0 || result[OWNER(sector) - 1] == UNKNOWN)
	}
}

init {
	byte i;

	atomic {
		for (i : 0 .. HOSTS - 1) {
			run host(i)
		}
		for (i : 0 .. COMMANDS - 1) {
			run way(i)
		}
	}
}
