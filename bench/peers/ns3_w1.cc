// SPDX-License-Identifier: GPL-3.0-or-later
//
// ns3_w1 - W1 on ns-3, as lean as it goes and as its users write it
//
//   ns3_w1 ARRIVALS MPPS PACKETS STATIONS SCHEDULER rings|packets
//
// rings: a station keeps the instants of its packets in an array; only its events are ns-3's.
// packets: each packet is an ns3::Packet with a tag, and waits in a DropTailQueue.
// A tick of ns-3's clock stands for 1/65 ns.
#include "bench/peers/workload.h"

#include "ns3/core-module.h"
#include "ns3/network-module.h"

#include <deque>
#include <string>
#include <vector>

using namespace ns3;

// When a packet's last bit arrived.
class StampTag : public Tag
{
      public:
	explicit StampTag(int64_t stamp = 0) : m_stamp(stamp)
	{
	}
	static TypeId GetTypeId()
	{
		static TypeId id =
			TypeId("nfvsim::StampTag").SetParent<Tag>().AddConstructor<StampTag>();
		return id;
	}
	TypeId GetInstanceTypeId() const override
	{
		return GetTypeId();
	}
	uint32_t GetSerializedSize() const override
	{
		return sizeof m_stamp;
	}
	void Serialize(TagBuffer to) const override
	{
		to.WriteU64(m_stamp);
	}
	void Deserialize(TagBuffer from) override
	{
		m_stamp = from.ReadU64();
	}
	void Print(std::ostream &to) const override
	{
		to << m_stamp;
	}
	int64_t m_stamp;
};

static int64_t Clock()
{
	return Simulator::Now().GetTimeStep();
}

// Packets as numbers in a ring of twice the room, so that a burst in hand stays where it is.
class Ring
{
      public:
	using Held = int64_t;
	explicit Ring(unsigned room) : m_room(room)
	{
	}
	bool Put(Held p)
	{
		if (m_end - m_first == m_room)
			return false;
		m_slot[m_end++ % SLOTS] = p;
		return true;
	}
	unsigned Waiting() const
	{
		return m_end - m_first;
	}
	Held Take()
	{
		return m_slot[m_first++ % SLOTS];
	}
	static Held Make(int64_t stamp)
	{
		return stamp;
	}
	static int64_t Stamp(Held p)
	{
		return p;
	}

      private:
	static const unsigned SLOTS = 1024;
	unsigned m_room, m_first = 0, m_end = 0;
	int64_t m_slot[SLOTS];
};

class PacketQueue
{
      public:
	using Held = Ptr<Packet>;
	explicit PacketQueue(unsigned room) : m_queue(CreateObject<DropTailQueue<Packet>>())
	{
		m_queue->SetMaxSize(QueueSize(QueueSizeUnit::PACKETS, room));
	}
	bool Put(const Held &p)
	{
		return m_queue->Enqueue(p);
	}
	unsigned Waiting() const
	{
		return m_queue->GetNPackets();
	}
	Held Take()
	{
		return m_queue->Dequeue();
	}
	static Held Make(int64_t stamp)
	{
		Held p = Create<Packet>(64);
		p->AddPacketTag(StampTag(stamp));
		return p;
	}
	static int64_t Stamp(const Held &p)
	{
		StampTag tag;
		p->PeekPacketTag(tag);
		return tag.m_stamp;
	}

      private:
	Ptr<DropTailQueue<Packet>> m_queue;
};

template <class Queue> class Station
{
      public:
	using Held = typename Queue::Held;
	Station(workload &load, int number)
	    : m_load(load), m_queue(number ? NEXT_RING : FIRST_RING),
	      m_perPoll(number ? 0 : FIRST_POLL), m_perPacket(workload_cost(&load, number))
	{
		m_hand.reserve(BURST);
	}
	Station *m_next = nullptr;

	void Put(const Held &p)
	{
		if (!m_queue.Put(p))
			m_load.dropped++;
	}
	// Something has landed: an idle station takes it at its next poll.
	void Wake()
	{
		if (!m_idle)
			return;
		m_idle = false;
		int64_t wait = 0;
		if (m_perPoll) {
			int64_t since = (Clock() - m_idleSince) % m_perPoll;
			wait = since ? m_perPoll - since : 0;
		}
		if (wait)
			Simulator::Schedule(TimeStep(wait), &Station::Poll, this);
		else
			Poll();
	}

      private:
	void Finish()
	{
		for (const Held &p : m_hand) {
			if (m_next)
				m_next->Put(p);
			else
				workload_deliver(&m_load, Clock() - Queue::Stamp(p));
		}
		m_hand.clear();
		if (m_next)
			m_next->Wake();
		Poll();
	}
	void Poll()
	{
		unsigned n = std::min<unsigned>(m_queue.Waiting(), BURST);
		if (!n) {
			m_idle = true;
			m_idleSince = Clock();
			return;
		}
		for (unsigned i = 0; i < n; i++)
			m_hand.push_back(m_queue.Take());
		Simulator::Schedule(TimeStep(m_perPoll + n * m_perPacket), &Station::Finish, this);
	}

	workload &m_load;
	Queue m_queue;
	std::vector<Held> m_hand;
	int64_t m_perPoll, m_perPacket, m_idleSince = 0;
	bool m_idle = true;
};

template <class Queue> class Tester
{
      public:
	Tester(workload &load, Station<Queue> &to) : m_load(load), m_to(to), m_left(load.packets)
	{
	}
	void Next()
	{
		if (m_left-- > 0)
			Simulator::Schedule(
				TimeStep(workload_arrival(&m_load) - Clock()), &Tester::Send, this);
	}

      private:
	void Send()
	{
		m_to.Put(Queue::Make(Clock()));
		m_to.Wake();
		Next();
	}
	workload &m_load;
	Station<Queue> &m_to;
	long m_left;
};

template <class Queue> static void Run(workload &load)
{
	std::deque<Station<Queue>> station;
	for (int i = 0; i < load.stations; i++)
		station.emplace_back(load, i);
	for (int i = 0; i + 1 < load.stations; i++)
		station[i].m_next = &station[i + 1];
	Tester<Queue> tester(load, station[0]);
	load.begin = clock();
	tester.Next();
	Simulator::Run();
	workload_report(&load);
	Simulator::Destroy();
}

int main(int argc, char **argv)
{
	static workload load;
	workload_init(&load, argc, argv);
	std::string scheduler = argc > 5 ? argv[5] : "Heap";
	ObjectFactory factory;
	factory.SetTypeId("ns3::" + scheduler + "Scheduler");
	Simulator::SetScheduler(factory);
	if (argc > 6 && std::string(argv[6]) == "packets")
		Run<PacketQueue>(load);
	else
		Run<Ring>(load);
	return 0;
}
