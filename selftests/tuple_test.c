// SPDX-License-Identifier: GPL-2.0
/*
 * Several attempts on one tuple, and several SYN-ACKs to one SYN, as a caller of the
 * engine plays them: who is answered, who loses, what there is room for.
 */
#include "core_test.h"

#include "tuple_driver.h"

#define C TCPSHAKE_FROM_CLIENT
#define S TCPSHAKE_FROM_SERVER
#define A(name) TCPSHAKE_ANOMALY_##name
#define OUT(name) TCPSHAKE_OUTCOME_##name

_Static_assert(DRIVER_OWNER == OWNER, "flows of both are the same owner's");

static const struct tcpshake_timeouts timeouts = { 75000000, 75000000, 140000000, 3000000 };

/* A tuple, its clock, and what ended on it last. */
struct scene {
	struct driver driver;
	struct books books;
	u64 now_us;
	struct tcpshake_ended ended[32];
	unsigned int count;
};

static void told(void *context, const struct tcpshake_verdict *v)
{
	struct scene *scene = context;

	if (v->ended.outcome && scene->count < ARRAY_LENGTH(scene->ended))
		scene->ended[scene->count++] = v->ended;
}

static void begin(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	scene->driver.books = &scene->books;
	scene->driver.timeouts = &timeouts;
	scene->driver.told = told;
	scene->driver.context = scene;
}

/* Return: the exit. Whatever is wrong with the books ends the test. */
static u8 give(struct scene *scene, struct tcpshake_segment seg)
{
	const char *wrong;

	scene->count = 0;
	scene->now_us += 1000;
	driver_receive(&scene->driver, &seg, scene->now_us);
	wrong = scene->driver.fault ? scene->driver.fault : driver_books_differ(&scene->driver, 1);
	if (wrong) {
		fprintf(stderr, "# %s\n", wrong);
		abort();
	}
	return scene->driver.exit;
}

static u8 syn(struct scene *scene, u32 x)
{
	return give(scene, segment(C, SYN, x, 0, 0));
}

static u8 synack(struct scene *scene, u32 y, u32 x)
{
	return give(scene, segment(S, SYN | ACK, y, x + 1, 0));
}

static u8 ack(struct scene *scene, u32 x, u32 y)
{
	return give(scene, segment(C, ACK, x + 1, y + 1, 0));
}

static u64 anomalies(const struct scene *scene, u8 anomaly)
{
	return scene->books.anomalies[anomaly];
}

static u64 ended(const struct scene *scene, u8 outcome)
{
	return scene->books.outcomes[outcome];
}

static u64 in_state(const struct scene *scene, u8 state)
{
	return scene->books.gauges[state];
}

/* Ten wait side by side; an eleventh has the oldest go. */
TEST(many_isns)
{
	struct scene scene;
	u32 x;

	begin(&scene);
	for (x = 0; x < 10; x++)
		EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, syn(&scene, 1000 * x));
	EXPECT_EQ(10, in_state(&scene, HALF_OPEN_SYN));
	EXPECT_EQ(9, anomalies(&scene, A(SYN_DIFF_ISN)));
	for (x = 0; x < 10; x++)
		EXPECT_EQ(TCPSHAKE_EXIT_SYN_RETRANSMIT, syn(&scene, 1000 * x));
	EXPECT_EQ(10, in_state(&scene, HALF_OPEN_SYN));
	EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, syn(&scene, 10000));
	EXPECT_EQ(10, in_state(&scene, HALF_OPEN_SYN));
	EXPECT_EQ(1, ended(&scene, OUT(SUPERSEDED)));
	EXPECT_EQ(0, scene.ended[0].flow.client_isn);
	for (x = 11; x < 100; x++)
		EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, syn(&scene, 1000 * x));
	EXPECT_EQ(90, ended(&scene, OUT(SUPERSEDED)));
	EXPECT_EQ(89000, scene.ended[0].flow.client_isn);
	EXPECT_EQ(100, scene.books.attempts);
}

/* Whichever is answered, it wins over those before it; those after it may be answered yet. */
TEST(each_may_be_answered)
{
	u32 answered, x;

	for (answered = 0; answered < 10; answered++) {
		struct scene scene;

		begin(&scene);
		for (x = 0; x < 10; x++)
			syn(&scene, 1000 * x);
		EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, synack(&scene, 77, 1000 * answered));
		EXPECT_EQ(1, in_state(&scene, HALF_OPEN_SYNACK));
		EXPECT_EQ(9 - answered, in_state(&scene, HALF_OPEN_SYN));
		EXPECT_EQ(answered, scene.count);
		for (x = 0; x < scene.count; x++) {
			EXPECT_EQ(OUT(SUPERSEDED), scene.ended[x].outcome);
			EXPECT_LT(scene.ended[x].flow.client_isn, 1000 * answered);
		}
		EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, ack(&scene, 1000 * answered, 77));
		EXPECT_EQ(9, ended(&scene, OUT(SUPERSEDED)));
		EXPECT_EQ(1, ended(&scene, OUT(COMPLETED)));
		EXPECT_EQ(1, in_state(&scene, LINGERING));
		EXPECT_EQ(0, in_state(&scene, HALF_OPEN_SYN));
	}
}

/* An answer to none of them is nobody's. */
TEST(none_is_answered)
{
	struct scene scene;
	u32 x;

	begin(&scene);
	for (x = 0; x < 5; x++)
		syn(&scene, 1000 * x);
	EXPECT_EQ(TCPSHAKE_EXIT_ANOMALOUS, synack(&scene, 77, 1500));
	EXPECT_EQ(1, anomalies(&scene, A(SYNACK_BAD_ACK)));
	EXPECT_EQ(5, in_state(&scene, HALF_OPEN_SYN));
}

/* A newer SYN is answered after an older one was: the client has begun anew. */
TEST(newer_one_answered_later)
{
	struct scene scene;

	begin(&scene);
	syn(&scene, 1000);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, synack(&scene, 77, 1000));
	EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, syn(&scene, 2000));
	EXPECT_EQ(1, anomalies(&scene, A(SYN_DIFF_ISN_SYNRECV)));
	EXPECT_EQ(0, ended(&scene, OUT(SUPERSEDED)));
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, synack(&scene, 88, 2000));
	EXPECT_EQ(1, ended(&scene, OUT(SUPERSEDED)));
	EXPECT_EQ(1000, scene.ended[0].flow.client_isn);
	EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, ack(&scene, 2000, 88));
}

/* Each is reset by its own number, and no other by it. */
TEST(each_has_its_own_end)
{
	const struct tcpshake_segment quoted = segment(C, SYN, 3000, 0, 0);
	struct scene scene;

	begin(&scene);
	syn(&scene, 1000);
	syn(&scene, 2000);
	syn(&scene, 3000);
	EXPECT_EQ(TCPSHAKE_EXIT_RESET, give(&scene, segment(S, RST | ACK, 0, 2001, 0)));
	EXPECT_EQ(2000, scene.ended[0].flow.client_isn);
	EXPECT_EQ(OUT(REFUSED), scene.ended[0].outcome);
	EXPECT_EQ(TCPSHAKE_EXIT_RESET, give(&scene, segment(C, RST, 1001, 0, 0)));
	EXPECT_EQ(1000, scene.ended[0].flow.client_isn);
	EXPECT_EQ(OUT(CLIENT_RESET), scene.ended[0].outcome);
	EXPECT_EQ(1, in_state(&scene, HALF_OPEN_SYN));
	driver_unreachable(&scene.driver, &quoted, TCPSHAKE_UNREACHABLE_HOST, scene.now_us);
	EXPECT_EQ(1, ended(&scene, OUT(UNREACHABLE)));
	EXPECT_EQ(0, in_state(&scene, HALF_OPEN_SYN));
	EXPECT_EQ(3, in_state(&scene, ABORTED));
}

/* Five SYN-ACKs with ISNs of their own are kept, whichever of them the third segment takes. */
TEST(many_synacks)
{
	u32 taken, y;

	for (taken = 0; taken < 5; taken++) {
		struct scene scene;
		u32 us;

		begin(&scene);
		syn(&scene, 1000);
		for (y = 0; y < 5; y++)
			EXPECT_EQ(y ? TCPSHAKE_EXIT_ANOMALOUS : TCPSHAKE_EXIT_SYNACK,
				  synack(&scene, 100 * y, 1000));
		EXPECT_EQ(4, in_state(&scene, RIVAL));
		EXPECT_EQ(4, anomalies(&scene, A(SYNACK_DIFF_SEQ)));
		EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, ack(&scene, 1000, 100 * taken));
		EXPECT_EQ(100 * taken, scene.ended[0].flow.server_isn);
		EXPECT_EQ(1, scene.books.attempts);
		EXPECT_EQ(1, in_state(&scene, LINGERING));
		EXPECT_EQ(0, in_state(&scene, RIVAL));
		/* the halves are by the SYN-ACK that was taken */
		EXPECT_TRUE(tcpshake_flow_server_rtt(&scene.ended[0].flow, scene.ended[0].flags,
						     &us));
		EXPECT_EQ(1000 * (taken + 1), us);
		EXPECT_TRUE(tcpshake_ended_client_rtt(&scene.ended[0], &us));
		EXPECT_EQ(1000 * (5 - taken), us);
	}
}

/* A sixth is too many: it is counted, and the third segment cannot take it. */
TEST(too_many_synacks)
{
	struct scene scene;
	u32 y;

	begin(&scene);
	syn(&scene, 1000);
	for (y = 0; y < 20; y++)
		synack(&scene, 100 * y, 1000);
	EXPECT_EQ(4, in_state(&scene, RIVAL));
	EXPECT_EQ(19, anomalies(&scene, A(SYNACK_DIFF_SEQ)));
	EXPECT_EQ(TCPSHAKE_EXIT_ANOMALOUS, ack(&scene, 1000, 700));
	EXPECT_EQ(1, anomalies(&scene, A(ACK_BAD_ACK)));
	EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, ack(&scene, 1000, 400));
}

/* A rival that comes again is no other one, and makes the half ambiguous as any would. */
TEST(rival_again)
{
	struct scene scene;

	begin(&scene);
	syn(&scene, 1000);
	synack(&scene, 100, 1000);
	synack(&scene, 200, 1000);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK_RETRANSMIT, synack(&scene, 200, 1000));
	EXPECT_EQ(1, in_state(&scene, RIVAL));
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK_RETRANSMIT, synack(&scene, 100, 1000));
	EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, ack(&scene, 1000, 200));
	EXPECT_TRUE(scene.ended[0].flags & TCPSHAKE_FLAG_CLIENT_AMBIGUOUS);
}

/* Resets are the attempt's, by whichever SYN-ACK their numbers are. */
TEST(rival_and_reset)
{
	struct scene scene;

	begin(&scene);
	syn(&scene, 1000);
	synack(&scene, 100, 1000);
	synack(&scene, 200, 1000);
	EXPECT_EQ(TCPSHAKE_EXIT_RESET, give(&scene, segment(C, RST | ACK, 1001, 201, 0)));
	EXPECT_EQ(OUT(CLIENT_RESET), scene.ended[0].outcome);

	begin(&scene);
	syn(&scene, 1000);
	synack(&scene, 100, 1000);
	synack(&scene, 200, 1000);
	EXPECT_EQ(TCPSHAKE_EXIT_RESET, give(&scene, segment(S, RST | ACK, 201, 1001, 0)));
	EXPECT_EQ(OUT(SERVER_RESET), scene.ended[0].outcome);
	EXPECT_EQ(TCPSHAKE_EXIT_UNTRACKED, ack(&scene, 1000, 200));
}

/* What a rival is of may be gone: then it takes nobody with it. */
TEST(rival_of_nobody)
{
	struct scene scene;
	unsigned int way;

	begin(&scene);
	syn(&scene, 1000);
	synack(&scene, 100, 1000);
	synack(&scene, 200, 1000);
	for_each_way(&scene.driver, way)
		if (scene.driver.flows[way].state == HALF_OPEN_SYNACK)
			driver_evict(&scene.driver, way, scene.now_us);
	EXPECT_EQ(TCPSHAKE_EXIT_UNTRACKED, ack(&scene, 1000, 200));
	EXPECT_EQ(0, in_state(&scene, RIVAL));
	EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, syn(&scene, 1000));
}

/* On an open connection a SYN goes beside it, and is nothing until it is answered (f1.5). */
TEST(syn_on_established)
{
	struct scene scene;

	begin(&scene);
	syn(&scene, 1000);
	synack(&scene, 100, 1000);
	ack(&scene, 1000, 100);
	EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, syn(&scene, 5000));
	EXPECT_EQ(1, anomalies(&scene, A(SYN_ON_EST)));
	EXPECT_EQ(1, in_state(&scene, LINGERING));
	/* the server challenges, the client resets what it does not know */
	EXPECT_EQ(TCPSHAKE_EXIT_ANOMALOUS, give(&scene, segment(S, ACK, 500, 1900, 0)));
	EXPECT_EQ(1, anomalies(&scene, A(CHALLENGE_ACK)));
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, synack(&scene, 900, 5000));
	EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, ack(&scene, 5000, 900));
	EXPECT_EQ(2, ended(&scene, OUT(COMPLETED)));
	EXPECT_EQ(1, in_state(&scene, LINGERING));
}

/* From the server, too: it is the client of that one. */
TEST(syn_on_established_from_the_server)
{
	struct scene scene;

	begin(&scene);
	syn(&scene, 1000);
	synack(&scene, 100, 1000);
	ack(&scene, 1000, 100);
	EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, give(&scene, segment(S, SYN, 5000, 0, 0)));
	EXPECT_EQ(1, anomalies(&scene, A(SYN_ON_EST)));
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, give(&scene, segment(C, SYN | ACK, 900, 5001, 0)));
	EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, give(&scene, segment(S, ACK, 5001, 901, 0)));
	EXPECT_EQ(SERVER_PORT, scene.ended[0].flow.client_port);
}

/* A late copy of the old SYN-ACK is the old connection's, though a new attempt waits. */
TEST(old_segments_beside_a_new_attempt)
{
	struct scene scene;

	begin(&scene);
	syn(&scene, 1000);
	synack(&scene, 100, 1000);
	ack(&scene, 1000, 100);
	syn(&scene, 5000);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK_RETRANSMIT, synack(&scene, 100, 1000));
	EXPECT_EQ(1, scene.books.notes[TCPSHAKE_NOTE_STALLED]);
	EXPECT_EQ(TCPSHAKE_EXIT_UNTRACKED, ack(&scene, 1000, 100));
	EXPECT_EQ(1, in_state(&scene, HALF_OPEN_SYN));
}

/* The SYN-ACK is faster than its SYN; or its SYN never comes, and the rest does; or nothing. */
TEST(synack_without_a_syn)
{
	struct scene scene;

	begin(&scene);
	EXPECT_EQ(TCPSHAKE_EXIT_ANOMALOUS, synack(&scene, 100, 1000));
	EXPECT_EQ(1, anomalies(&scene, A(SYNACK_UNSOLICITED)));
	EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, syn(&scene, 1000));
	EXPECT_EQ(1, in_state(&scene, HALF_OPEN_SYNACK));
	EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, ack(&scene, 1000, 100));
	EXPECT_TRUE(scene.ended[0].flags & TCPSHAKE_FLAG_SYNACK_FIRST);

	begin(&scene);
	synack(&scene, 100, 1000);
	EXPECT_EQ(TCPSHAKE_EXIT_UNTRACKED, ack(&scene, 1000, 100));
	EXPECT_EQ(1, scene.books.notes[TCPSHAKE_NOTE_PARTIAL]);
	EXPECT_EQ(0, scene.books.attempts);

	begin(&scene);
	synack(&scene, 100, 1000);
	driver_advance(&scene.driver, scene.now_us + timeouts.linger_us);
	EXPECT_EQ(1, scene.books.notes[TCPSHAKE_NOTE_BACKSCATTER]);
	EXPECT_EQ(0, scene.driver.used);
}

/* Both open at the same time, by tuple: the crossing SYN is no attempt of its own. */
TEST(simultaneous_open)
{
	struct scene scene;

	begin(&scene);
	syn(&scene, 1000);
	EXPECT_EQ(TCPSHAKE_EXIT_ANOMALOUS, give(&scene, segment(S, SYN, 100, 0, 0)));
	EXPECT_EQ(1, scene.books.attempts);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, give(&scene, segment(C, SYN | ACK, 1000, 101, 0)));
	EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, synack(&scene, 100, 1000));
	EXPECT_EQ(TCPSHAKE_FLAG_SIMULTANEOUS, scene.ended[0].flags);
}

/* Time ends each by its own age, and what is past leaves nothing. */
TEST(everything_ends)
{
	struct scene scene;
	u32 x;

	begin(&scene);
	for (x = 0; x < 10; x++)
		syn(&scene, 1000 * x);
	synack(&scene, 100, 5000);
	synack(&scene, 200, 5000);
	driver_advance(&scene.driver, scene.now_us + timeouts.max_age_us);
	EXPECT_EQ(0, scene.driver.used);
	EXPECT_EQ(5, ended(&scene, OUT(SUPERSEDED)));
	EXPECT_EQ(1, ended(&scene, OUT(UNACKED)));
	EXPECT_EQ(4, ended(&scene, OUT(UNANSWERED)));
	EXPECT_EQ(NULL, driver_books_differ(&scene.driver, 1));
}

TEST_HARNESS_MAIN
